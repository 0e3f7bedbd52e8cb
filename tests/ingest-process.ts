/**
 * An ingest in a process of its own, with the tiny encoder, for tests that kill it or run several at a time.
 * Prints `ready` before it opens the archive, `done <id>` after each volume, `write <n>` where it counts its
 * writes, and the report as its last line.
 */
import { connect, MergeInsertBuilder } from '@lancedb/lancedb';
import { Archive } from '../src/archive/archive.js';
import { ingest } from '../src/archive/ingest.js';
import { volumeSchema } from '../src/archive/schema.js';
import type { VolumeEntry } from '../src/volume/volume-entry.js';
import { tinyEncoder, tinyManifest } from './archive-fixtures.js';

export interface IngestProcessInput {
  readonly archive: string;
  readonly entries: readonly VolumeEntry[];
  /** kill -9 itself at the n-th moment: 2 i is just before its i-th write to a table, 2 i + 1 just after. */
  readonly dieAt?: number;
  /** Wait for this time of day (milliseconds since 1970) before opening the archive, to begin with others. */
  readonly startAt?: number;
  readonly removeFirst?: readonly string[];
}

const input = JSON.parse(process.argv[2]!) as IngestProcessInput;

if (input.dieAt !== undefined) await dieAtWrite(input.dieAt);
process.stdout.write('ready\n');
if (input.startAt !== undefined) {
  await new Promise((wake) => setTimeout(wake, input.startAt! - Date.now()));
}
const archive = await Archive.openOrCreate(input.archive, tinyManifest());
if (input.removeFirst) await archive.remove(input.removeFirst);
const report = await ingest(archive, tinyEncoder(), input.entries, {
  onProgress: ({ id }) => process.stdout.write(`done ${id}\n`),
});
await archive.close();
process.stdout.write(`${JSON.stringify(report)}\n`);

/** Counts every write to a table, and ends the process at one of them. */
async function dieAtWrite(moment: number): Promise<void> {
  const sample = await (await connect('memory://')).createEmptyTable('sample', volumeSchema);
  const tableMethods = Object.getPrototypeOf(sample) as object;
  let writes = 0;
  const count = (owner: object, name: string) => {
    const methods = owner as Record<string, (...values: unknown[]) => Promise<unknown>>;
    const original = methods[name]!;
    methods[name] = async function (this: unknown, ...values: unknown[]) {
      const write = writes++;
      process.stdout.write(`write ${write} ${name}\n`);
      if (2 * write === moment) process.kill(process.pid, 'SIGKILL');
      const result = await original.apply(this, values);
      if (2 * write + 1 === moment) process.kill(process.pid, 'SIGKILL');
      return result;
    };
  };
  for (const name of ['add', 'delete', 'optimize']) count(tableMethods, name);
  count(MergeInsertBuilder.prototype, 'execute');
}
