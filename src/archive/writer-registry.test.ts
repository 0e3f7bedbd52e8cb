import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  orphanSlices,
  tinyDimension,
  tinyEncoder,
  tinyManifest,
  writeTinyVolume,
} from '../../tests/archive-fixtures.js';
import { temporaryFolder } from '../../tests/volume-fixtures.js';
import { Archive } from './archive.js';
import { ingest } from './ingest.js';
import { openTables } from './tables.js';
import { hasHadWriters, livingWriters, WriterRegistration, writerOf } from './writer-registry.js';

const folder = temporaryFolder();
const minuteMs = 60_000;

function newFolder(): string {
  return mkdtempSync(join(folder, 'archive-'));
}

/** A registration as another process would have left it. */
function writeRegistration(archive: string, name: string, content: unknown, ageMs = 0): string {
  const path = join(archive, 'writers', `${name}.json`);
  mkdirSync(join(archive, 'writers'), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  const time = new Date(Date.now() - ageMs);
  utimesSync(path, time, time);
  return path;
}

async function registrationOf(writer: WriterRegistration, archive: string) {
  return JSON.parse(readFileSync(join(archive, 'writers', `${writer.id}.json`), 'utf8')) as {
    pid: number;
    host: string;
    since: number;
  };
}

/** The number of a process that has ended. */
const deadPid = spawnSync(process.execPath, ['--version']).pid;

describe('the registry of writers', () => {
  it('knows a writer from its registration until it leaves', async () => {
    const archive = newFolder();
    expect(await hasHadWriters(archive)).toBe(false);
    const before = Date.now();
    const writer = await WriterRegistration.register(archive);
    expect(await writer.isKnown()).toBe(true);
    const since = (await livingWriters(archive)).get(writer.id)!;
    expect(since).toBeGreaterThanOrEqual(before);
    expect(since).toBeLessThanOrEqual(Date.now());
    await writer.unregister();
    expect(await writer.isKnown()).toBe(false);
    expect(await livingWriters(archive)).toEqual(new Map());
    expect(await hasHadWriters(archive)).toBe(true);
  });

  it('gives every write a name of its own that tells its writer', async () => {
    const archive = newFolder();
    const writers = [await WriterRegistration.register(archive), await WriterRegistration.register(archive)];
    const names = writers.flatMap((writer) => [writer.nextRevision(), writer.nextRevision()]);
    expect(new Set(names).size).toBe(4);
    expect(names.map(writerOf)).toEqual([writers[0]!.id, writers[0]!.id, writers[1]!.id, writers[1]!.id]);
    for (const writer of writers) await writer.unregister();
  });

  it('takes a process that has ended for dead, and removes its file', async () => {
    const archive = newFolder();
    const writer = await WriterRegistration.register(archive);
    const own = await registrationOf(writer, archive);
    const dead = writeRegistration(archive, 'dead', { ...own, pid: deadPid });
    const living = writeRegistration(archive, 'living', { ...own, pid: process.ppid });
    expect(new Set((await livingWriters(archive)).keys())).toEqual(new Set([writer.id, 'living']));
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(living)).toBe(true);
    await writer.unregister();
  });

  it('believes another host until it is silent for ten minutes, whatever runs here under that number', async () => {
    const archive = newFolder();
    const elsewhere = { host: 'another-host', pid: deadPid, since: 5 };
    writeRegistration(archive, 'talking', elsewhere, 9 * minuteMs);
    const silent = writeRegistration(archive, 'silent', elsewhere, 11 * minuteMs);
    expect(await livingWriters(archive)).toEqual(new Map([['talking', 5]]));
    expect(existsSync(silent)).toBe(false);
  });

  it('takes a process here that was silent for ten minutes for dead, since numbers are used again', async () => {
    const archive = newFolder();
    const writer = await WriterRegistration.register(archive);
    const own = await registrationOf(writer, archive);
    writeRegistration(archive, 'reused', { ...own, pid: process.ppid }, 11 * minuteMs);
    expect([...(await livingWriters(archive)).keys()]).toEqual([writer.id]);
    await writer.unregister();
  });

  it.each([
    ['nothing', ''],
    ['half a file', '{"pid": 12'],
    ['no JSON', 'garbage'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no fields', '{}'],
    ['no process number', { pid: 'x', host: 'h', since: 1 }],
    ['the number of all processes', { pid: -1, host: 'h', since: 1 }],
  ])(
    'takes a file of %s for a writer that is just registering, at most for ten minutes',
    async (_, content) => {
      const archive = newFolder();
      const path = writeRegistration(archive, 'unclear', content, 9 * minuteMs);
      // Since ever: nothing is older, so nothing of it is removed.
      expect(await livingWriters(archive)).toEqual(new Map([['unclear', 0]]));
      const longAgo = new Date(Date.now() - 11 * minuteMs);
      utimesSync(path, longAgo, longAgo);
      expect(await livingWriters(archive)).toEqual(new Map());
      expect(readdirSync(join(archive, 'writers'))).toEqual([]);
    },
  );

  it('passes over other files, and a folder that is not there', async () => {
    const archive = newFolder();
    expect(await livingWriters(archive)).toEqual(new Map());
    writeRegistration(archive, 'x', '{}', 11 * minuteMs);
    writeFileSync(join(archive, 'writers', 'notes.txt'), 'mine');
    await livingWriters(archive);
    expect(readdirSync(join(archive, 'writers'))).toEqual(['notes.txt']);
  });

  it('keeps the file of a living writer young', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const archive = newFolder();
      const writer = await WriterRegistration.register(archive);
      const path = join(archive, 'writers', `${writer.id}.json`);
      const old = new Date(Date.now() - 11 * minuteMs);
      utimesSync(path, old, old);
      vi.advanceTimersByTime(10_000);
      await vi.waitFor(async () => expect((await livingWriters(archive)).has(writer.id)).toBe(true));
      await writer.unregister();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('an archive and the writers beside it', () => {
  async function archiveWithOrphans(owner: (own: { pid: number; host: string; since: number }) => unknown) {
    const path = join(newFolder(), 'a');
    const archive = await Archive.openOrCreate(path, tinyManifest());
    await ingest(archive, tinyEncoder(), [await writeTinyVolume(folder, 'kept', 1)]);
    const probe = await WriterRegistration.register(path);
    const own = await registrationOf(probe, path);
    await probe.unregister();
    // Another writer has stored its slices, and not yet the volume.
    const { revision: _revision, sliceCount: _count, ...record } = await archive.volume('kept');
    const slices = await archive.sliceRecords(await archive.volume('kept'));
    const other = await Archive.open(path);
    const { embeddings } = await archive.loadSlices(await archive.volumes());
    await other.store({ ...record, id: 'other' }, slices, embeddings, undefined);
    const { revision } = await other.volume('other');
    const { volumes } = await openTables(path, tinyDimension);
    await volumes.delete("id = 'other'");
    await other.close();
    writeRegistration(path, writerOf(revision), owner(own));
    return { path, archive };
  }

  it('leaves the slices of a living writer alone', async () => {
    const { path, archive } = await archiveWithOrphans((own) => ({ ...own, pid: process.ppid }));
    expect(await archive.removeLeftovers()).toBe(0);
    expect(await orphanSlices(path)).toBe(4);
    await archive.close();
  });

  it('removes the slices of a dead one, and nothing that is visible', async () => {
    const { path, archive } = await archiveWithOrphans((own) => ({ ...own, pid: deadPid }));
    expect(await archive.removeLeftovers()).toBe(4);
    expect(await orphanSlices(path)).toBe(0);
    expect((await archive.loadSlices(await archive.volumes())).sliceIndex).toHaveLength(4);
    await archive.close();
  });

  it('begins again with a volume when it was taken for dead while it encoded', async () => {
    const path = join(newFolder(), 'a');
    const archive = await Archive.openOrCreate(path, tinyManifest());
    await ingest(archive, tinyEncoder(), [await writeTinyVolume(folder, 'first', 2)]);
    const others = await Archive.open(path);
    let isFirst = true;
    const report = await ingest(
      archive,
      {
        ...tinyEncoder(),
        embed: async (slices, intensity) => {
          if (isFirst) {
            isFirst = false;
            const longAgo = new Date(Date.now() - 11 * minuteMs);
            for (const name of readdirSync(join(path, 'writers'))) {
              utimesSync(join(path, 'writers', name), longAgo, longAgo);
            }
            await livingWriters(path);
          }
          return tinyEncoder().embed(slices, intensity);
        },
      },
      [await writeTinyVolume(folder, 'second', 3)],
    );
    expect(report).toMatchObject({ outcomes: { added: 1, failed: 0 }, slices: 4 });
    expect((await others.loadSlices(await others.volumes())).sliceIndex).toHaveLength(8);
    await archive.close();
    await others.removeLeftovers();
    expect(await orphanSlices(path)).toBe(0);
    await others.close();
  });
});
