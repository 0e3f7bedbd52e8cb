/** Degrees between the hues of neighbouring label numbers: the golden angle keeps any few of them apart. */
const goldenAngle = 137.508;

/** @returns the colour of a label number in masks and legends, 0 to 255 each; the same number, the same colour. */
export function labelColour(label: number): readonly [red: number, green: number, blue: number] {
  const hue = (label * goldenAngle) % 360;
  // Neighbouring hues of the same lightness look alike, so lightness alternates too.
  const lightness = label % 2 === 0 ? 0.66 : 0.54;
  const chroma = (1 - Math.abs(2 * lightness - 1)) * 0.72;
  const channel = (shift: number) => {
    const k = (shift + hue / 30) % 12;
    return Math.round(255 * (lightness - (chroma / 2) * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

export function cssColour([red, green, blue]: readonly [number, number, number]): string {
  return `rgb(${red} ${green} ${blue})`;
}
