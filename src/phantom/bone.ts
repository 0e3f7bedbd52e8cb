import type { Scene } from './scene.js';
import type { Shape } from './shapes.js';

/** Paints a bone: a compact shell around spongy bone, or around the given marrow. */
export function paintBone(
  scene: Scene,
  shape: Shape,
  structure: number,
  options: { readonly cortex?: number; readonly marrow?: number } = {},
): void {
  const { canvas, tissue } = scene;
  canvas.paintLayers(shape, tissue.cortex, options.cortex ?? 1.8, options.marrow ?? tissue.marrow, structure);
}
