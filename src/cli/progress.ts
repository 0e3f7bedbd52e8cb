import { Presets, SingleBar } from 'cli-progress';

/** Plain lines come at most so often, so that a log of a night's run stays readable. */
const plainLineMs = 5_000;

/** Tells on stderr how far work is: a bar on a terminal, else a line now and then. */
export class Progress {
  readonly #bar: SingleBar | undefined;
  readonly #task: string;
  readonly #unit: string;
  readonly #started: number;
  #lastLine = performance.now();
  /** What the bar shows, to draw it again. */
  #shown = { value: 0, total: 0, payload: {} };
  /** Units that cost work; those that were skipped say nothing about the rate. */
  #worked = 0;

  /**
   * @param unit of the rate, in the plural: "slices".
   * @param started when the work began, where that was before its total was known.
   */
  constructor(task: string, total: number, unit: string, started = performance.now()) {
    this.#started = started;
    this.#task = task;
    this.#unit = unit;
    if (process.stderr.isTTY && total > 0) {
      this.#bar = new SingleBar(
        {
          format: `${task} {bar} {value}/{total} | {rate} ${unit}/s | {left} left | {note}`,
          stream: process.stderr,
          hideCursor: true,
          // Who is interrupted decides when the work, and with it the bar, ends.
          gracefulExit: false,
          clearOnComplete: true,
          fps: 10,
        },
        Presets.shades_classic,
      );
      this.#shown = { value: 0, total, payload: { rate: '-', left: '-', note: '' } };
      this.#bar.start(total, 0, this.#shown.payload);
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
      this.#shown = { value: done, total, payload: { rate, left, note } };
      // Where volumes come one by one, how many there are is known better and better.
      this.#bar.setTotal(total);
      this.#bar.update(done, this.#shown.payload);
    } else if (performance.now() - this.#lastLine > plainLineMs || done === total) {
      this.#lastLine = performance.now();
      process.stderr.write(
        `${this.#task} ${done}/${total}, ${rate} ${this.#unit}/s, ${left} left${note === '' ? '' : ` (${note})`}\n`,
      );
    }
  }

  /** A line that stays, above the bar, which is drawn anew below it. */
  say(line: string): void {
    const { value, total, payload } = this.#shown;
    this.#bar?.stop();
    process.stderr.write(`${line}\n`);
    this.#bar?.start(total, value, payload);
  }

  end(): void {
    this.#bar?.stop();
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
