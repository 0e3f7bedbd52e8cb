import { open } from 'node:fs/promises';

/** "PK" and the kind of the first record: a file, or the end of a zip that holds none. */
const zipBeginnings = ['504b0304', '504b0506'];
const gzipBeginning = '1f8b';

const deflatedSyntax = '1.2.840.10008.1.2.1.99';
/** Preamble, "DICM" and the element with the length of group 2, after which that length counts (PS3.10 7.1). */
const dicomMetaStart = 144;

export async function startsWithZip(path: string): Promise<boolean> {
  return zipBeginnings.includes((await beginning(path, 4)).toString('hex'));
}

export async function startsWithGzip(path: string): Promise<boolean> {
  return (await beginning(path, 2)).toString('hex') === gzipBeginning;
}

/**
 * Where the deflated data of a DICOM file in the deflated transfer syntax begin (PS3.5 A.5).
 *
 * @returns undefined for every other file.
 */
export async function deflatedDicomStart(path: string): Promise<number | undefined> {
  const start = await beginning(path, 4096);
  const isDicom = start.toString('latin1', 128, 132) === 'DICM' && start.length >= dicomMetaStart;
  if (!isDicom || !start.includes(deflatedSyntax)) return undefined;
  return dicomMetaStart + start.readUInt32LE(dicomMetaStart - 4);
}

async function beginning(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
