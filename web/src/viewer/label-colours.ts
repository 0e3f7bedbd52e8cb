/** Red, green, blue, 0 to 255 each. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Degrees between the hues of neighbouring labels: the golden angle keeps any few of them apart. */
const goldenAngle = 137.508;

function colourOfPlace(place: number): Colour {
  const hue = (place * goldenAngle) % 360;
  // Hues near each other look alike at the same lightness, so lightness alternates too.
  const lightness = place % 2 === 0 ? 0.66 : 0.54;
  const chroma = (1 - Math.abs(2 * lightness - 1)) * 0.72;
  const channel = (shift: number) => {
    const k = (shift + hue / 30) % 12;
    return Math.round(255 * (lightness - (chroma / 2) * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/**
 * The colour of each structure, by its name: the numbers of a mask differ from volume to volume, and the same
 * organ has to look the same in query and hit.
 *
 * @param names all labels of the archive.
 */
export function labelColours(names: readonly string[]): ReadonlyMap<string, Colour> {
  return new Map([...names].sort().map((name, place) => [name, colourOfPlace(place)]));
}

/** Of what the archive does not know. */
export const otherColour: Colour = [190, 190, 190];

export function cssColour([red, green, blue]: Colour): string {
  return `rgb(${red} ${green} ${blue})`;
}
