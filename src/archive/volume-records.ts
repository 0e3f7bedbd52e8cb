import type { Query, Table } from '@lancedb/lancedb';
import { VoxseekError } from '../errors.js';
import { explainFilterError, quoted } from './condition.js';
import type { ArchivePlace } from './place.js';
import type { VolumeRecord } from './records.js';
import { type Row, volumeRecord } from './schema.js';
import type { SharedTable } from './shared-table.js';
import { compareIds } from './stored-slices.js';

/** What the table of volumes held in one version of it. */
interface Held {
  readonly version: number;
  /** By id, in ascending order of it. */
  readonly records: Promise<ReadonlyMap<string, VolumeRecord>>;
}

/**
 * The records of an archive's volumes. Making them of rows is most of what reading them costs, so all of them are
 * kept as long as the table stays at one version, which every reading asks for again: other processes write too.
 */
export class VolumeRecords {
  readonly #table: SharedTable;
  readonly #place: Pick<ArchivePlace, 'assertSame'>;
  #held: Held | undefined;

  constructor(table: SharedTable, place: Pick<ArchivePlace, 'assertSame'>) {
    this.#table = table;
    this.#place = place;
  }

  /**
   * @returns all, in ascending order of their id.
   * @throws VoxseekError ARCHIVE_CORRUPT, FILE_NOT_READABLE
   */
  async all(): Promise<VolumeRecord[]> {
    await this.#place.assertSame();
    const records = await this.#table.read(async (table) => {
      // Asked first: where another reading moves the table on in between, the rows are newer than it says, and are
      // read again next time.
      const version = await table.version();
      if (this.#held?.version !== version) this.#hold({ version, records: readAll(table) });
      return this.#held!.records;
    });
    return [...records.values()];
  }

  /**
   * @param condition SQL over the columns of the volumes.
   * @returns in ascending order of their id.
   * @throws VoxseekError FILTER_INVALID, ARCHIVE_CORRUPT, FILE_NOT_READABLE
   */
  async where(condition: string): Promise<VolumeRecord[]> {
    await this.#place.assertSame();
    try {
      return await this.#table.read(async (table) => {
        // In brackets, for what comes after a whole condition would be passed over in silence ("a = 1 b = 2").
        const query = () => table.query().where(`(${condition}\n)`);
        return (await this.#chosenFromHeld(table, query)) ?? recordsOf((await query().toArray()) as Row[]);
      });
    } catch (error) {
      // Whose fault it is, the messages do not tell reliably; that all can be read without the condition does.
      await this.#table.read(readAll);
      const cause = await this.#whyRefused(condition);
      const reason =
        cause === undefined ? 'something follows a whole condition' : explainFilterError(cause.message);
      throw new VoxseekError('FILTER_INVALID', reason, { subject: condition, cause: cause ?? error });
    }
  }

  /** @returns the error of the condition without brackets, so that it speaks of what the user wrote. */
  #whyRefused(condition: string): Promise<Error | undefined> {
    return this.#table
      .read(async (table) => void (await table.query().where(condition).toArray()))
      .then(
        () => undefined,
        (error: Error) =>
          error instanceof VoxseekError && error.cause instanceof Error ? error.cause : error,
      );
  }

  /** @throws VoxseekError ARCHIVE_CORRUPT, FILE_NOT_READABLE */
  async byId(id: string): Promise<VolumeRecord | undefined> {
    await this.#place.assertSame();
    const known = await this.#table.read((table) => this.#heldNow(table));
    return known === undefined ? (await this.where(`id = ${quoted(id)}`))[0] : known.get(id);
  }

  /** Of a known version the ids are enough, which costs less than whole rows; undefined where it is not known. */
  async #chosenFromHeld(table: Table, query: () => Query): Promise<VolumeRecord[] | undefined> {
    const known = await this.#heldNow(table);
    if (known === undefined) return undefined;
    const rows = (await query().select(['id']).toArray()) as { readonly id: string }[];
    // The rows may be of a later version: another reading has moved the table on in between.
    if ((await this.#heldNow(table)) !== known) return undefined;
    return rows.map(({ id }) => known.get(id)!).sort((a, b) => compareIds(a.id, b.id));
  }

  /** @returns undefined where the table has changed since all were read, or they never were. */
  async #heldNow(table: Table): Promise<ReadonlyMap<string, VolumeRecord> | undefined> {
    const version = await table.version();
    return this.#held?.version === version ? this.#held.records : undefined;
  }

  #hold(held: Held): void {
    this.#held = held;
    held.records.catch(() => {
      if (this.#held === held) this.#held = undefined;
    });
  }
}

async function readAll(table: Table): Promise<ReadonlyMap<string, VolumeRecord>> {
  const records = recordsOf((await table.query().toArray()) as Row[]);
  return new Map(records.map((record) => [record.id, record]));
}

/** In ascending order of their id. */
function recordsOf(rows: readonly Row[]): VolumeRecord[] {
  return rows.map(volumeRecord).sort((a, b) => compareIds(a.id, b.id));
}
