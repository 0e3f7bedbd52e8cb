import type { Canvas } from './canvas.js';
import { labelNumber, lungLabels, unlabelled } from './structures.js';
import type { Subject } from './subject.js';

/** Edge of the repeated block of texture, in voxels; a power of two. */
const blockEdge = 32;
/** Standard deviation of the texture of a structure in HU, by structure code. */
const texture = new Float32Array(256).fill(7);
for (const label of lungLabels) texture[label] = 22;
texture[unlabelled.air] = 0;
texture[unlabelled.table] = 4;
texture[unlabelled.fat] = 6;
texture[unlabelled.abdominalFat] = 9;
texture[unlabelled.muscle] = 11;
texture[unlabelled.bone] = 50;
texture[labelNumber('brain')] = 2.5;
texture[labelNumber('colon')] = 22;
texture[labelNumber('small_bowel')] = 12;
for (let label = labelNumber('vertebrae_L5'); label <= labelNumber('vertebrae_C1'); label++)
  texture[label] = 32;
for (let label = labelNumber('rib_left_1'); label <= labelNumber('sacrum'); label++) texture[label] = 35;

/** How an image was made: sharpness and noise. */
export interface ImageQuality {
  /** Standard deviation of the noise in soft tissue before reconstruction's smoothing, HU. */
  readonly noise: number;
  /** Share that a voxel gives to each of its neighbours in plane (0: sharp kernel, 0.25: very smooth). */
  readonly smoothing: number;
}

export function drawImageQuality(subject: Subject): ImageQuality {
  const random = subject.random('image-quality');
  // More body, more noise; an old scanner or a sharp kernel, more of it.
  return {
    noise: random.between(10, 34) * (0.8 + subject.fat / 60),
    smoothing: random.between(0.06, 0.22),
  };
}

/**
 * Turns painted attenuation into the voxels of a scan: texture of tissues, noise that grows with the width of
 * the body in a slice, and the blur of the scanner.
 *
 * @returns Hounsfield units from -1024 to 3071, in the order of the canvas.
 */
export function renderAppearance(canvas: Canvas, subject: Subject, quality: ImageQuality): Int16Array {
  const { hounsfield, structure, grid } = canvas;
  const [nx, ny, nz] = grid.size;
  const random = subject.random('noise');
  const block = textureBlock(subject);
  const mask = blockEdge - 1;
  const gaussian = gaussianTable();
  const noisy = new Float32Array(hounsfield.length);
  for (let k = 0; k < nz; k++) {
    const slice = nx * ny * k;
    let body = 0;
    for (let voxel = slice; voxel < slice + nx * ny; voxel++) if (structure[voxel] !== unlabelled.air) body++;
    const area = body * grid.spacing[0] * grid.spacing[1];
    const noise = quality.noise * (0.3 + area / 85_000);
    for (let j = 0; j < ny; j++) {
      const row = slice + nx * j;
      const blockRow = blockEdge * ((j & mask) + blockEdge * (k & mask));
      for (let i = 0; i < nx; i++) {
        const voxel = row + i;
        const grain = block[blockRow + (i & mask)]! * texture[structure[voxel]!]!;
        noisy[voxel] = hounsfield[voxel]! + grain + noise * gaussian[random.bits() >>> 20]!;
      }
    }
  }
  return quantised(blurred(noisy, nx, ny, nz, quality.smoothing));
}

/** Smooth random numbers of unit standard deviation in a block that can be repeated without a seam. */
function textureBlock(subject: Subject): Float32Array {
  const random = subject.random('texture');
  const length = blockEdge ** 3;
  let values = Float32Array.from({ length }, () => random.normal());
  for (const stride of [1, blockEdge, blockEdge * blockEdge]) {
    const smooth = new Float32Array(length);
    for (let index = 0; index < length; index++) {
      const place = Math.floor(index / stride) % blockEdge;
      const before = index + (place === 0 ? stride * (blockEdge - 1) : -stride);
      const after = index + (place === blockEdge - 1 ? -stride * (blockEdge - 1) : stride);
      smooth[index] = 0.25 * values[before]! + 0.5 * values[index]! + 0.25 * values[after]!;
    }
    values = smooth;
  }
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / length);
  return values.map((value) => value / deviation);
}

/** 4096 equally likely values of a standard normal distribution. */
function gaussianTable(): Float32Array {
  return Float32Array.from({ length: 4096 }, (_, index) => {
    const p = (index + 0.5) / 4096;
    // Winitzki's approximation of the inverse error function.
    const x = 2 * p - 1;
    const log = Math.log(1 - x * x);
    const a = 2 / (Math.PI * 0.147) + log / 2;
    return Math.sign(x) * Math.SQRT2 * Math.sqrt(Math.sqrt(a * a - log / 0.147) - a);
  });
}

function blurred(values: Float32Array, nx: number, ny: number, nz: number, share: number): Float32Array {
  const alongX = smoothedAlong(values, nx, 1, share);
  const alongY = smoothedAlong(alongX, ny, nx, share);
  return smoothedAlong(alongY, nz, nx * ny, share / 2);
}

/** Three-point smoothing along the axis of the given stride; the ends keep their value. */
function smoothedAlong(values: Float32Array, length: number, stride: number, share: number): Float32Array {
  const result = values.slice();
  const centre = 1 - 2 * share;
  const block = stride * length;
  for (let start = 0; start < values.length; start += block) {
    for (let voxel = start + stride; voxel < start + block - stride; voxel++) {
      result[voxel] = centre * values[voxel]! + share * (values[voxel - stride]! + values[voxel + stride]!);
    }
  }
  return result;
}

function quantised(values: Float32Array): Int16Array {
  const result = new Int16Array(values.length);
  for (let voxel = 0; voxel < values.length; voxel++) {
    const value = Math.round(values[voxel]!);
    result[voxel] = value < -1024 ? -1024 : Math.min(value, 3071);
  }
  return result;
}
