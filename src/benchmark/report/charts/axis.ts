import { formatCount } from '../numbers.js';
import { place, text } from './series.js';

/** Where values lie along an axis, and which of them are written beside it. */
export interface Axis {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
  position(value: number): number;
}

interface AxisPlace {
  readonly title: string;
  /** Coordinates of the low and of the high end. */
  readonly from: number;
  readonly to: number;
}

/** An axis of equal steps. Its ends are the multiples of the step around the values. */
export function linearAxis(low: number, high: number, { title, from, to }: AxisPlace, steps = 5): Axis {
  const span = high > low ? high - low : Math.abs(high) || 1;
  const step = niceStep(span / steps);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, at) => {
    const value = Number(((first + at) * step).toFixed(decimals));
    return { value, label: value.toFixed(decimals) };
  });
  const [least, most] = [ticks[0]!.value, ticks.at(-1)!.value];
  return {
    title,
    from,
    to,
    ticks,
    position: (value) => from + ((value - least) / (most - least)) * (to - from),
  };
}

/**
 * An axis of equal ratios, from a power of ten to a power of ten; values must be positive. Over one or two powers
 * it has ticks at 2 and 5 times them too.
 */
export function logarithmicAxis(low: number, high: number, { title, from, to }: AxisPlace): Axis {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(high) - 1e-9));
  const factors = last - first <= 2 ? [1, 2, 5] : [1];
  const ticks = Array.from({ length: last - first + 1 }, (_, at) => {
    const exponent = first + at;
    return factors
      .filter((factor) => factor === 1 || exponent < last)
      .map((factor) => ({ value: factor * 10 ** exponent, label: powerLabel(factor, exponent) }));
  }).flat();
  return {
    title,
    from,
    to,
    ticks,
    position: (value) => from + ((Math.log10(value) - first) / (last - first)) * (to - from),
  };
}

/** The axis along the lower edge at `bottom`, with grid lines up to `top`. */
export function drawHorizontalAxis(axis: Axis, top: number, bottom: number): string {
  const ticks = axis.ticks.map(({ value, label }) => {
    const x = axis.position(value);
    return `<path class="grid" d="M${place(x)} ${place(top)}V${place(bottom)}"/>${text(x, bottom + 16, label, 'middle', 'tick')}`;
  });
  const title = text((axis.from + axis.to) / 2, bottom + 36, axis.title, 'middle');
  return `${ticks.join('')}<path class="axis" d="M${place(axis.from)} ${place(bottom)}H${place(axis.to)}"/>${title}`;
}

/** The axis along the left edge at `left`, with grid lines as far as `right`; its title stands above it. */
export function drawVerticalAxis(axis: Axis, left: number, right: number): string {
  const ticks = axis.ticks.map(({ value, label }) => {
    const y = axis.position(value);
    return `<path class="grid" d="M${place(left)} ${place(y)}H${place(right)}"/>${text(left - 8, y + 4, label, 'end', 'tick')}`;
  });
  const title = text(left - 40, Math.min(axis.from, axis.to) - 14, axis.title);
  return `${ticks.join('')}<path class="axis" d="M${place(left)} ${place(axis.from)}V${place(axis.to)}"/>${title}`;
}

/** The smallest of 1, 2, 5 times a power of ten that is not below `step`. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= step * (1 - 1e-9))!;
  return factor * power;
}

/** `factor` times a power of ten. */
function powerLabel(factor: number, exponent: number): string {
  if (exponent < -3 || exponent > 6) return `${factor}e${exponent}`;
  const value = factor * 10 ** exponent;
  return exponent < 0 ? value.toFixed(-exponent) : formatCount(value);
}
