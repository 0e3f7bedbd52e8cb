import { describe, expect, it } from 'vitest';
import { hogLength, orientedGradients } from './hog.js';

const layout = { size: 16, cells: 1, directions: 8 };

/** A soft edge whose normal points `degrees` away from the x axis. */
function edge(degrees: number, contrast = 1): Float32Array {
  const angle = (degrees * Math.PI) / 180;
  return Float32Array.from({ length: 256 }, (_, i) => {
    const across = ((i % 16) - 7.5) * Math.cos(angle) + (Math.floor(i / 16) - 7.5) * Math.sin(angle);
    return contrast * Math.min(1, Math.max(0, 0.5 + across / 8));
  });
}

function strongest(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}

function gradients(image: Float32Array, cells = 1): Float32Array {
  const output = new Float32Array(hogLength({ ...layout, cells }));
  orientedGradients(image, { ...layout, cells }, output, 0);
  return output;
}

describe('orientedGradients', () => {
  it.each([
    [0, 0],
    [45, 2],
    [90, 4],
    [135, 6],
    [180, 0],
    [225, 2],
  ])('puts an edge at %i degrees in direction %i', (degrees, direction) => {
    expect(strongest(gradients(edge(degrees)))).toBe(direction);
  });

  it('does not mind which side is bright', () => {
    const bright = gradients(edge(30, 1));
    const dark = gradients(edge(30, -1));
    for (const [i, value] of bright.entries()) expect(dark[i]).toBeCloseTo(value, 3);
  });

  it('sums up the magnitude of the gradient', () => {
    // One in x per pixel: central differences of 2 at the 14 x 14 inner pixels, all of them in direction 0.
    const ramp = Float32Array.from({ length: 256 }, (_, i) => i % 16);
    const output = gradients(ramp);
    const corners = [...output].slice(1);
    expect(corners.every((value) => value === 0)).toBe(true);
    // Pixels d from the centre of the only cell count by (1 - |dx| / 16) * (1 - |dy| / 16).
    let share = 0;
    for (let i = 1; i < 15; i++) share += 1 - Math.abs(i - 7.5) / 16;
    expect(output[0]).toBeCloseTo(2 * share * share, 2);
  });

  it('puts an edge into the cells where it is', () => {
    const image = new Float32Array(256);
    for (let y = 0; y < 16; y++) image.fill(1, y * 16 + 14, y * 16 + 16);
    const output = gradients(image, 4);
    const byColumn = [0, 1, 2, 3].map((column) => {
      let sum = 0;
      for (let row = 0; row < 4; row++)
        for (let d = 0; d < 8; d++) sum += output[(row * 4 + column) * 8 + d]!;
      return sum;
    });
    expect(byColumn[0]).toBe(0);
    expect(byColumn[1]).toBe(0);
    expect(byColumn[3]).toBeGreaterThan(byColumn[2]!);
  });

  it('is zero for a constant image', () => {
    expect(gradients(new Float32Array(256).fill(7)).every((value) => value === 0)).toBe(true);
  });
});
