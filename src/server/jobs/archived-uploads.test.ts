import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeSmallArchive } from '../../../tests/server.js';
import { openForIngest } from '../../archive/archive-encoder.js';
import { ingest } from '../../archive/ingest.js';
import { ArchivedUploads } from './archived-uploads.js';

describe('the files of uploads beside an archive', () => {
  it('go a day after no volume is read from them', async () => {
    const small = await makeSmallArchive();
    const uploads = `${small.archive}.uploads`;
    mkdirSync(join(uploads, 'b'.repeat(64)), { recursive: true });
    const used = join(uploads, `${'a'.repeat(64)}.nii`);
    copyFileSync(small.volumes['chest-again'].entry.image, used);
    writeFileSync(join(uploads, `${'c'.repeat(64)}.nii.gz`), 'left by a job that was killed');
    writeFileSync(join(uploads, 'notes.txt'), 'not ours');
    const { archive, encoder } = await openForIngest(small.archive);
    try {
      await archive.remove(['chest-again']);
      await ingest(archive, encoder, [{ id: 'uploaded', image: used }]);
      const kept = new ArchivedUploads(archive);
      const inADay = Date.now() + 25 * 60 * 60_000;

      expect(await kept.removeOrphans()).toBe(0);
      expect(await kept.removeOrphans(inADay)).toBe(2);
      expect(readdirSync(uploads).sort()).toEqual([`${'a'.repeat(64)}.nii`, 'notes.txt']);

      await archive.remove(['uploaded']);
      expect(await kept.removeOrphans(inADay)).toBe(1);
      expect(readdirSync(uploads)).toEqual(['notes.txt']);
    } finally {
      await encoder.close();
      await archive.close();
    }
  });
});
