import { describe, expect, it } from 'vitest';
import { noZoom, panned, placed, zoomedAbout } from './zoom.js';

const size = { width: 400, height: 300 };

describe('zoomedAbout', () => {
  it('keeps what is under the mouse where it is', () => {
    const view = zoomedAbout(noZoom, size, 100, 60, 2, 1);
    expect(view).toEqual({ zoom: 2, left: -100, top: -60 });
    // A point at 100, 60 lies at twice that in the enlarged stage.
    expect(placed(view, { left: 200, top: 120, width: 1, height: 1 })).toMatchObject({ left: 100, top: 60 });
  });

  it('never shows less than all, nor more than a canvas can hold', () => {
    expect(zoomedAbout({ zoom: 2, left: -400, top: -300 }, size, 0, 0, 0.1, 1)).toEqual(noZoom);
    expect(zoomedAbout(noZoom, size, 0, 0, 100, 1).zoom).toBe(8);
    expect(zoomedAbout(noZoom, size, 0, 0, 100, 2).zoom).toBeCloseTo(5.12);
  });
});

describe('panned', () => {
  it('stops where the picture ends', () => {
    const view = { zoom: 2, left: -100, top: -100 };
    expect(panned(view, size, 30, -50)).toEqual({ zoom: 2, left: -70, top: -150 });
    expect(panned(view, size, 500, -500)).toEqual({ zoom: 2, left: 0, top: -300 });
  });
});
