import { InvalidArgumentError } from 'commander';
import type { PatientBox } from '../retrieval/region.js';

/** Parsers of option values; commander turns what they throw into a message with the option's name. */

export function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, 0 or larger.');
}

export function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65535) return port;
  throw new InvalidArgumentError('It must be a port: 0 to 65535.');
}

/** @returns bytes. */
export function gibibytes(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return Math.round(value * 2 ** 30);
  throw new InvalidArgumentError('It must be a number of GiB, larger than 0.');
}

export function millimetres(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('It must be a distance in mm.');
}

/** "A:B", both inclusive. */
export function indexRange(text: string): readonly [number, number] {
  const match = /^(\d+):(\d+)$/.exec(text);
  const range = match && ([Number(match[1]), Number(match[2])] as const);
  if (range && range[0] <= range[1]) return range;
  throw new InvalidArgumentError('It must be FIRST:LAST, two slice indices such as 40:52.');
}

/** "x0,x1,y0,y1,z0,z1" in mm, RAS+. */
export function patientBox(text: string): PatientBox {
  const n = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [x0, x1, y0, y1, z0, z1] = n as [number, number, number, number, number, number];
  if (n.length === 6 && n.every(Number.isFinite) && x0 <= x1 && y0 <= y1 && z0 <= z1) {
    return { x: [x0, x1], y: [y0, y1], z: [z0, z1] };
  }
  throw new InvalidArgumentError(
    'It must be x0,x1,y0,y1,z0,z1: six numbers in mm (RAS+), x0 <= x1 and so on.',
  );
}
