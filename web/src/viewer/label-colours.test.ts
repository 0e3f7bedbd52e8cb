import { expect, it } from 'vitest';
import { cssColour, labelColours } from './label-colours.js';

const names = Array.from({ length: 104 }, (_, i) => `structure_${String(i).padStart(3, '0')}`);

it('gives a name its colour wherever it stands in the list', () => {
  const colours = labelColours(names);
  expect(labelColours([...names].reverse()).get('structure_050')).toEqual(colours.get('structure_050'));
});

it('keeps 104 structures apart', () => {
  const colours = [...labelColours(names).values()];
  expect(new Set(colours.map(cssColour)).size).toBe(104);
  expect(colours.flat().every((value) => Number.isInteger(value) && value >= 0 && value <= 255)).toBe(true);
});

it('keeps neighbours of the list far apart', () => {
  const colours = [...labelColours(names).values()];
  const distances = colours
    .slice(1)
    .map((colour, i) => Math.hypot(...colour.map((v, c) => v - colours[i]![c]!)));
  expect(Math.min(...distances)).toBeGreaterThan(60);
});
