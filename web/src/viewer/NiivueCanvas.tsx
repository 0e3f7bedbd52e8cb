import type { Niivue, NVImage } from '@niivue/niivue';
import { useEffect, useRef, useState } from 'react';
import { fractionOf, type Grid, type Vector3 } from '../geometry/grid.js';
import type { Colour } from './label-colours.js';
import styles from './NiivueCanvas.module.css';
import type { Rectangle, Tile } from './tiles.js';
import type { DisplayWindow } from './windows.js';

/** Voxels as NIfTI, gzipped or not. */
export interface ImageVoxels {
  /** Of which volume, whatever its resolution. */
  readonly key: string;
  readonly bytes: ArrayBuffer;
}

export interface MaskVoxels {
  readonly bytes: ArrayBuffer;
  /** Colours of the label numbers that occur. */
  readonly colours: ReadonlyMap<number, Colour>;
}

export interface Rotation {
  /** Degrees. */
  readonly azimuth: number;
  readonly elevation: number;
}

interface NiivueCanvasProps {
  readonly image: ImageVoxels | null;
  readonly mask: MaskVoxels | null;
  readonly window: DisplayWindow;
  readonly tiles: readonly Tile[];
  readonly stage: { readonly width: number; readonly height: number };
  /** RAS+ mm. */
  readonly position: Vector3;
  readonly rotation: Rotation;
  /** After an image has been drawn; that before it stays until then. */
  readonly onDrawn: (image: ImageVoxels) => void;
  /** When this browser cannot draw volumes, or not this one. */
  readonly onFailure: (reason: string) => void;
}

const sliceTypes = { axial: 0, coronal: 1, sagittal: 2, render: 4 } as const;
const maskOpacity = 0.45;
/** NIFTI_INTENT_LABEL of nifti1.h. */
const niftiIntentLabel = 1002;

/**
 * Draws a volume with NiiVue, in tiles that the caller lays out. The only place that knows NiiVue: its own
 * mouse, keyboard, crosshair and texts are off, and everything that it shows comes in as a property.
 */
export function NiivueCanvas(props: NiivueCanvasProps) {
  const { image, mask, window, tiles, stage, position, rotation, onDrawn, onFailure } = props;
  const host = useRef<HTMLDivElement>(null);
  const [niivue, setNiivue] = useState<Niivue | null>(null);
  const [shown, setShown] = useState<{ readonly image: ImageVoxels; readonly grid: Grid } | null>(null);
  const callbacks = useRef({ onDrawn, onFailure });
  callbacks.current = { onDrawn, onFailure };

  useEffect(() => {
    const canvas = document.createElement('canvas');
    let made: Niivue | null = null;
    let left = false;
    host.current?.append(canvas);
    canvas.addEventListener('webglcontextlost', () => {
      if (!left) callbacks.current.onFailure('the graphics driver gave up. Reload the page.');
    });
    startNiivue(canvas).then(
      (instance) => {
        made = instance;
        if (left) release(instance, canvas);
        else setNiivue(instance);
      },
      (error: unknown) => {
        if (!left) callbacks.current.onFailure(reasonOf(error));
      },
    );
    return () => {
      left = true;
      if (made !== null) release(made, canvas);
      canvas.remove();
      setNiivue(null);
      setShown(null);
    };
  }, []);

  const firstWindow = useRef(window);
  firstWindow.current = window;
  useEffect(() => {
    if (niivue === null) return;
    let stale = false;
    const replace = async () => {
      const [base, overlay] = await Promise.all([
        image === null ? null : readImage(image.bytes, firstWindow.current),
        image === null || mask === null ? null : readMask(mask),
      ]);
      if (stale) return;
      niivue.volumes = [];
      if (base !== null) niivue.addVolume(base);
      if (overlay !== null) niivue.addVolume(overlay);
      if (base === null) niivue.updateGLVolume();
      setShown(base === null || image === null ? null : { image, grid: gridOf(base) });
    };
    replace().catch((error: unknown) => {
      if (!stale) callbacks.current.onFailure(reasonOf(error));
    });
    return () => {
      stale = true;
    };
  }, [niivue, image, mask]);

  const { low, high } = window;
  useEffect(() => {
    const base = niivue?.volumes[0];
    if (niivue == null || shown === null || base === undefined) return;
    if (base.cal_min === low && base.cal_max === high) return;
    base.cal_min = low;
    base.cal_max = high;
    niivue.updateGLVolume();
  }, [niivue, shown, low, high]);

  useEffect(() => {
    if (niivue === null || shown === null || stage.width === 0 || stage.height === 0) return;
    const frame = requestAnimationFrame(() => {
      niivue.scene.crosshairPos = [...fractionOf(shown.grid, position)];
      niivue.scene.renderAzimuth = rotation.azimuth;
      niivue.scene.renderElevation = rotation.elevation;
      // Sets the layout and draws.
      niivue.setCustomLayout(
        tiles.map(({ plane, picture }) => ({
          sliceType: sliceTypes[plane],
          position: shareOf(picture, stage),
        })),
      );
      callbacks.current.onDrawn(shown.image);
    });
    return () => cancelAnimationFrame(frame);
  }, [niivue, shown, tiles, stage, position, rotation]);

  return <div ref={host} className={styles.host} aria-hidden="true" />;
}

async function startNiivue(canvas: HTMLCanvasElement): Promise<Niivue> {
  const probe = document.createElement('canvas').getContext('webgl2');
  if (probe === null) throw new Error('this browser has no WebGL 2.');
  probe.getExtension('WEBGL_lose_context')?.loseContext();
  const { Niivue } = await import('@niivue/niivue');
  const niivue = new Niivue({
    backColor: [0, 0, 0, 1],
    crosshairWidth: 0,
    show3Dcrosshair: false,
    isOrientationTextVisible: false,
    isOrientCube: false,
    isColorbar: false,
    isRadiologicalConvention: true,
    sagittalNoseLeft: true,
    isSliceMM: false,
    interactive: false,
    dragAndDropEnabled: false,
    loadingText: '',
    logLevel: 'silent',
    tileMargin: 0,
    forceDevicePixelRatio: 0,
  });
  await niivue.attachToCanvas(canvas, false);
  return niivue;
}

function release(niivue: Niivue, canvas: HTMLCanvasElement): void {
  niivue.cleanup();
  niivue.volumes = [];
  // A browser keeps only some sixteen contexts, and frees a dropped one when it pleases.
  canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext();
}

async function readImage(bytes: ArrayBuffer, { low, high }: DisplayWindow): Promise<NVImage> {
  const image = await readNifti(bytes, 'image.nii.gz', 'gray', 1);
  image.cal_min = low;
  image.cal_max = high;
  return image;
}

async function readMask({ bytes, colours }: MaskVoxels): Promise<NVImage> {
  const image = await readNifti(bytes, 'mask.nii.gz', '', maskOpacity);
  // Else NiiVue takes the numbers for a scale, and the background mixes with label 1 where there are many.
  image.hdr!.intent_code = niftiIntentLabel;
  const table = [[0, [0, 0, 0]] as const, ...colours];
  image.setColormapLabel({
    R: table.map(([, [red]]) => red),
    G: table.map(([, [, green]]) => green),
    B: table.map(([, [, , blue]]) => blue),
    A: table.map(([label]) => (label === 0 ? 0 : 255)),
    I: table.map(([label]) => label),
  });
  return image;
}

/** Despite its name NiiVue's function takes bytes, and then asks nothing of the network. */
async function readNifti(
  bytes: ArrayBuffer,
  name: string,
  colormap: string,
  opacity: number,
): Promise<NVImage> {
  const { NVImage } = await import('@niivue/niivue');
  // NiiVue may keep or detach the buffer, and the same bytes are drawn again later.
  return NVImage.loadFromUrl({ url: bytes.slice(0), name, colormap, opacity, colorbarVisible: false });
}

/** The grid of what was loaded, which may be a reduced copy of the volume. */
function gridOf(image: NVImage): Grid {
  const { dims, affine } = image.hdr!;
  return { size: [dims[1]!, dims[2]!, dims[3]!], affine: affine.flat() };
}

function shareOf(
  { left, top, width, height }: Rectangle,
  stage: { width: number; height: number },
): [number, number, number, number] {
  return [left / stage.width, top / stage.height, width / stage.width, height / stage.height];
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
