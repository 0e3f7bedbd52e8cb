/**
 * Finds volumes by the names of the files of 3D-MIR, which are those of the images: `liver_105.nii.gz`.
 *
 * @param ids of the volumes.
 * @returns the id that a name stands for, with or without `.nii` or `.nii.gz` on either side.
 */
export function volumeByName(ids: Iterable<string>): (name: string) => string | undefined {
  const exact = new Set(ids);
  const byStem = new Map([...exact].map((id) => [stem(id), id]));
  return (name) => (exact.has(name) ? name : byStem.get(stem(name)));
}

function stem(name: string): string {
  return name.replace(/\.nii(\.gz)?$/i, '');
}
