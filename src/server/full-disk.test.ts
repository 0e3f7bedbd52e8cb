import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeSmallArchive, startTestServer } from '../../tests/server.js';
import { describeWithSmallDisk } from '../../tests/small-disk.js';
import { postFiles, problemIn, upload, uploadedFilesInTheEnd } from '../../tests/upload-form.js';

describeWithSmallDisk('a disk that is full', 4 * 2 ** 20, (disk) => {
  it('ends an upload with STORAGE_FULL; nothing stays, and the next one that fits is taken', async () => {
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
});
