import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { tinyEncoder, tinyManifest, writeTinyVolumes } from '../../tests/archive-fixtures.js';
import { Archive } from '../archive/archive.js';
import { ingest } from '../archive/ingest.js';
import { SearchEngine, type SearchRequest } from './search-engine.js';

const folder = mkdtempSync(join(tmpdir(), 'voxseek-quantized-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('finds the same with the quantized copy as without, also after volumes came and went', async () => {
  const encoder = tinyEncoder();
  const archive = await Archive.openOrCreate(join(folder, 'archive'), tinyManifest());
  const hits = async (engine: SearchEngine, request: SearchRequest) => (await engine.search(request)).hits;
  await ingest(archive, encoder, await writeTinyVolumes(folder, 'a', 60));
  const kept = new SearchEngine(archive, encoder);
  await kept.warm();

  for (const change of [
    async () => {},
    async () => void (await ingest(archive, encoder, await writeTinyVolumes(folder, 'Z', 10))),
    async () => archive.remove(['a07', 'Z03']),
  ]) {
    await change();
    for (const request of [
      { query: 'a40', k: 7 },
      { query: 'a11', k: 3, exclude: 'none' as const },
      { query: 'a22', filter: "id <> 'a50' AND id <> 'a01'" },
    ]) {
      const fresh = new SearchEngine(archive, encoder);
      expect(await hits(kept, request)).toEqual(await hits(fresh, request));
    }
  }
  await archive.close();
});
