import { open } from 'node:fs/promises';

/** "PK" and the kind of the first record: a file, or the end of a zip that holds none. */
const zipBeginnings = ['504b0304', '504b0506'];
const gzipBeginning = '1f8b';

export async function startsWithZip(path: string): Promise<boolean> {
  return zipBeginnings.includes(await beginning(path, 4));
}

export async function startsWithGzip(path: string): Promise<boolean> {
  return (await beginning(path, 2)) === gzipBeginning;
}

/** @returns the first bytes in hexadecimal. */
async function beginning(path: string, bytes: number): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.toString('hex', 0, bytesRead);
  } finally {
    await file.close();
  }
}
