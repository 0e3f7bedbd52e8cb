import { createPreparer, type Preparation, type SlicePreparer } from '../../encoder/preparation.js';
import type { FileMask } from '../../volume/file-mask.js';
import { guessModality, intensityContext, isAirAt } from '../../volume/intensity.js';
import { countLabels } from '../../volume/mask.js';
import { readVolume } from '../../volume/read.js';
import {
  everyMillimetres,
  type SlicePosition,
  slicePositions,
  sliceSpacing,
  sliceVoxels,
} from '../../volume/slice.js';
import type { IntensityContext, Modality, Plane, SliceImage, Volume } from '../../volume/volume.js';

/** Slices that are cut and prepared together; the encoder may run them in smaller batches. */
export const groupSlices = 16;

/** A volume to read, with the mask that its labels are counted in; or one that was read already, and its labels. */
export type CuttingSource =
  | { readonly kind: 'file'; readonly path: string; readonly mask: FileMask | undefined }
  | {
      readonly kind: 'volume';
      readonly volume: Volume;
      readonly subject: string;
      readonly labelVoxels: ReadonlyMap<string, Uint32Array>;
    };

/** How the slices of a volume are cut and prepared. Plain data. */
export interface CuttingPlan {
  readonly plane: Plane;
  /** One slice for about so many mm; null: every slice. */
  readonly everyMm: number | null;
  /** undefined: told from the values. */
  readonly modality: Modality | undefined;
  readonly preparation: Preparation;
}

/** What is known of a volume once it is read. Plain data. */
export interface CutVolume extends Pick<Volume, 'size' | 'spacing' | 'affine'> {
  readonly intensity: IntensityContext;
  /** Voxels by slice index along the file's own axis of the plane, for each label that occurs. */
  readonly labelVoxels: ReadonlyMap<string, Uint32Array>;
  /** Slices that are cut, air included. */
  readonly positions: number;
  /** Of every slice. */
  readonly image: Omit<SliceImage, 'pixels'>;
  /** Numbers that one slice is prepared to. */
  readonly valuesPerSlice: number;
}

/** Neighbouring slices, prepared for the encoder. */
export interface PreparedGroup {
  /** Without those that show only air. */
  readonly slices: readonly SlicePosition[];
  readonly airSlices: number;
  /** Prepared slices one after the other; there may be room for more. */
  readonly values: Float32Array;
}

/**
 * Reads a volume and cuts and prepares its slices, group by group, air left out. Holds the volume until the last
 * group is cut.
 */
export class VolumeCutter {
  readonly cut: CutVolume;
  readonly #plane: Plane;
  readonly #positions: readonly SlicePosition[];
  readonly #preparer: SlicePreparer;
  #volume: Volume | undefined;
  #next = 0;

  private constructor(
    volume: Volume,
    cut: CutVolume,
    plane: Plane,
    positions: readonly SlicePosition[],
    preparer: SlicePreparer,
  ) {
    this.#volume = volume;
    this.cut = cut;
    this.#plane = plane;
    this.#positions = positions;
    this.#preparer = preparer;
  }

  /** @throws VoxseekError what `readVolume`, `intensityContext` and `countLabels` throw, USAGE (`everyMm`) */
  static async open(source: CuttingSource, plan: CuttingPlan): Promise<VolumeCutter> {
    const { plane, everyMm, modality, preparation } = plan;
    const volume = source.kind === 'file' ? await readVolume(source.path) : source.volume;
    const subject = source.kind === 'file' ? source.path : source.subject;
    const measured = intensityContext(volume, 'CT', subject);
    const intensity = { ...measured, modality: modality ?? guessModality(measured) };
    const labelVoxels =
      source.kind === 'volume'
        ? source.labelVoxels
        : source.mask
          ? await countLabels(source.mask, volume, plane)
          : new Map<string, Uint32Array>();
    const positions = everyMillimetres(slicePositions(volume, plane), sliceSpacing(volume, plane), everyMm);
    const preparer = createPreparer(preparation);
    const { width, height, pixelSpacing } = sliceVoxels(volume, plane, 0);
    const { size, spacing, affine } = volume;
    const cut: CutVolume = {
      size,
      spacing,
      affine,
      intensity,
      labelVoxels,
      positions: positions.length,
      image: { width, height, pixelSpacing },
      valuesPerSlice: preparer.valuesPerSlice({ width, height }),
    };
    return new VolumeCutter(volume, cut, plane, positions, preparer);
  }

  /** Whether all slices were cut. */
  get isDone(): boolean {
    return this.#volume === undefined;
  }

  /**
   * Cuts and prepares the next slices; not to be called when all are cut.
   *
   * @param values room for {@link groupSlices} slices.
   * @throws VoxseekError what `SlicePreparer.prepare` throws
   */
  next(values: Float32Array): PreparedGroup {
    const volume = this.#volume!;
    const { intensity, labelVoxels, valuesPerSlice } = this.cut;
    const positions = this.#positions.slice(this.#next, this.#next + groupSlices);
    const slices: SlicePosition[] = [];
    for (const position of positions) {
      const slice = sliceVoxels(volume, this.#plane, position.index);
      // A slice of air that holds a label is kept: it is an answer to a search for that label.
      const isLabelled = [...labelVoxels.values()].some((perSlice) => perSlice[position.index]! > 0);
      if (!isLabelled && isAirAt(slice, intensity)) continue;
      this.#preparer.prepare(slice, intensity, values, slices.length * valuesPerSlice);
      slices.push(position);
    }
    this.#next += positions.length;
    if (this.#next >= this.#positions.length) this.discard();
    return { slices, airSlices: positions.length - slices.length, values };
  }

  /** Lets go of the volume. */
  discard(): void {
    this.#volume = undefined;
  }
}
