import type { Archive } from '../archive/archive.js';
import type { VolumeRecord } from '../archive/records.js';
import type { StoredSlices } from '../archive/stored-slices.js';
import type { QuantizedSlices } from '../index/quantized-slices.js';
import type { Query } from '../retrieval/query.js';
import type { Timings } from './answer.js';

/** What the stages of one search share. */
export interface Stage {
  readonly archive: Archive;
  readonly slices: StoredSlices;
  /** Of the slices, if there is one. */
  readonly quantized: QuantizedSlices | undefined;
  readonly query: Query;
  readonly isAllowed: (volume: number) => boolean;
  /** What the archive says of an allowed volume now. */
  readonly recordOf: (volume: number) => VolumeRecord;
  readonly clock: StageClock;
}

type MeasuredStage = Exclude<keyof Timings, 'read' | 'encode' | 'total'>;

/** Milliseconds since the last stop, by stage. */
export class StageClock {
  readonly stages: Record<MeasuredStage, number> = { load: 0, search: 0, rerank: 0, explain: 0 };
  #last = performance.now();

  stop(stage: MeasuredStage): void {
    const now = performance.now();
    this.stages[stage] += now - this.#last;
    this.#last = now;
  }
}
