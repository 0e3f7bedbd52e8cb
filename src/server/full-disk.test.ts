import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeTinyVolume } from '../../tests/archive-fixtures.js';
import { makeSmallArchive, startTestServer } from '../../tests/server.js';
import { describeWithSmallDisk } from '../../tests/small-disk.js';
import { postFiles, problemIn, upload, uploadedFilesInTheEnd } from '../../tests/upload-form.js';
import type { Job } from './schemas.js';

describeWithSmallDisk('a small disk for uploads', 4 * 2 ** 20, (disk) => {
  it('ends an upload with STORAGE_FULL where it is full; nothing stays, and the next one that fits is taken', async () => {
    const small = await makeSmallArchive();
    const cache = join(disk.folder, 'cache');
    const server = await startTestServer(small, { cache });
    const response = await postFiles(server, { 'scan.nii': Buffer.alloc(6 * 2 ** 20) });
    const problem = await problemIn(response);
    expect([response.status, problem.code]).toEqual([507, 'STORAGE_FULL']);
    expect(JSON.stringify(problem)).not.toContain(disk.folder);
    expect(await uploadedFilesInTheEnd(cache)).toEqual([]);
    const { id } = await upload(server, { 'chest.nii.gz': readFileSync(small.volumes.chest.entry.image) });
    expect((await server.get(`/v1/uploads/${id}`, { method: 'DELETE' })).status).toBe(204);
    await server.close();
  });

  it('may be another one than that of the archive: files are copied where they cannot be linked', async () => {
    const small = await makeSmallArchive();
    const server = await startTestServer(small, { cache: join(disk.folder, 'other-cache') });
    const scan = readFileSync((await writeTinyVolume(small.folder, 'new', 5)).image);
    const { id } = await upload(server, { 'new.nii': scan });
    const response = await server.get('/v1/jobs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'ingest', upload: id }),
    });
    const job = (await response.json()) as Job;
    expect(await (await server.get(`/v1/jobs/${job.id}/events`)).text()).toContain('"state":"done"');
    const [file] = readdirSync(`${small.archive}.uploads`);
    expect(readFileSync(join(`${small.archive}.uploads`, file!))).toEqual(scan);
    await server.close();
  });
});
