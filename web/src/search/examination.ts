interface Examined {
  readonly modality: 'CT' | 'MR';
  readonly region: string | null;
}

/** "CT thorax": modality and region. Many archives name the modality in the region too ("ct thorax"): once will do. */
export function examination({ modality, region }: Examined): string {
  if (region === null || region === '') return modality;
  const rest = region.toLowerCase().startsWith(`${modality.toLowerCase()} `)
    ? region.slice(modality.length + 1)
    : region;
  return `${modality} ${rest}`;
}
