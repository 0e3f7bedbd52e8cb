import { Presets, SingleBar } from 'cli-progress';

/** Plain lines come at most so often, so that a log of a night's run stays readable. */
const plainLineMs = 5_000;

/** Back to the beginning of the line of a terminal, and nothing left on it. */
export const clearLine = '\r\x1b[K';

/** Tells on stderr how far work is: a bar on a terminal, else a line now and then. */
export class Progress {
  readonly #bar: SingleBar | undefined;
  readonly #task: string;
  readonly #unit: string;
  readonly #started = performance.now();
  #lastLine = performance.now();
  /** Units that cost work; those that were skipped say nothing about the rate. */
  #worked = 0;

  /** @param unit of the rate, in the plural: "slices". */
  constructor(task: string, total: number, unit: string) {
    this.#task = task;
    this.#unit = unit;
    if (process.stderr.isTTY && total > 0) {
      this.#bar = new SingleBar(
        {
          format: `${task} {bar} {value}/{total} | {rate} ${unit}/s | {left} left | {note}`,
          stream: process.stderr,
          hideCursor: true,
          clearOnComplete: true,
          fps: 10,
        },
        Presets.shades_classic,
      );
      this.#bar.start(total, 0, { rate: '-', left: '-', note: '' });
    }
  }

  /**
   * @param done and total in steps of the task.
   * @param worked units done by this step.
   */
  step(done: number, total: number, worked: number, note: string): void {
    this.#worked += worked;
    const seconds = (performance.now() - this.#started) / 1000;
    const rate = (this.#worked / seconds).toFixed(this.#worked / seconds < 10 ? 1 : 0);
    const left = formatDuration((seconds / done) * (total - done));
    if (this.#bar) {
      this.#bar.update(done, { rate, left, note });
    } else if (performance.now() - this.#lastLine > plainLineMs || done === total) {
      this.#lastLine = performance.now();
      process.stderr.write(
        `${this.#task} ${done}/${total}, ${rate} ${this.#unit}/s, ${left} left (${note})\n`,
      );
    }
  }

  /** A line that stays, above the bar. */
  say(line: string): void {
    if (this.#bar) process.stderr.write(`${clearLine}${line}\n`);
    else process.stderr.write(`${line}\n`);
  }

  end(): void {
    this.#bar?.stop();
    if (this.#bar) process.stderr.write(clearLine);
  }
}

/** "0.4 s", "45 s", "3 min 20 s", "2 h 5 min". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
