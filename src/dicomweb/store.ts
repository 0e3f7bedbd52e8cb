import { randomUUID } from 'node:crypto';
import { VoxseekError } from '../errors.js';
import { type DicomDataset, itemsOf, numberOf, parseDatasets, tags, textOf } from './dicom-json.js';
import { answerInvalid, type HttpClient, shownUrl } from './http.js';
import { parseMediaType } from './media-type.js';
import { nameOf, readText } from './search-pages.js';

/** What became of the instances that were sent. */
export interface StoreOutcome {
  /** SOPInstanceUIDs that the server says it has stored. */
  readonly stored: readonly string[];
}

/** Failure reasons of STOW-RS (PS3.18, table 10.5.3-2, and PS3.4, GG.4). */
const reasons: ReadonlyMap<number, string> = new Map([
  [0xa700, 'out of resources'],
  [0xa900, 'the object does not match its class'],
  [0x0110, 'a failure while processing'],
  [0x0122, 'it does not take this class of objects'],
  [0x0124, 'not authorized'],
  [0xc000, 'it cannot read the object'],
  [0xc122, 'it does not take this transfer syntax'],
  [0x0111, 'it has this instance already'],
]);

/**
 * STOW-RS (PS3.18, section 10.5). An object that is sent twice, because the first answer was lost, is the same
 * object.
 *
 * @throws VoxseekError PACS_REFUSED (not stored, with the reason), PACS_UNREACHABLE, PACS_ANSWER_INVALID,
 *   INTERRUPTED
 */
export async function storeInstances(
  http: HttpClient,
  url: string,
  files: readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<StoreOutcome> {
  const boundary = `voxseek-${randomUUID()}`;
  const request = {
    url,
    method: 'POST',
    accept: 'application/dicom+json',
    contentType: `multipart/related; type="application/dicom"; boundary=${boundary}`,
    body: multipartBody(files, boundary),
    ...(signal && { signal }),
  } as const;
  return http.send(request, async (answer) => {
    const { status } = answer;
    if (status === 404 || status === 405) {
      throw answerInvalid(url, `answers ${status}: it does not store what is sent (STOW-RS)`);
    }
    // 409 says that nothing was stored, 202 that not all was: what and why is in the body.
    if (status !== 200 && status !== 202 && status !== 409) {
      throw notStored(url, `answers ${status}`);
    }
    const { type } = parseMediaType(answer.headers.get('content-type'));
    const text = await readText(answer, url);
    const [result] = (type.endsWith('json') ? parseDatasets(text) : undefined) ?? [];
    if (result === undefined) {
      if (status === 409) throw notStored(url, 'did not store the object');
      throw answerInvalid(url, `answers with ${nameOf(type)}, not with what became of the object`);
    }
    const [failed] = itemsOf(result, tags.failedSopSequence);
    if (failed !== undefined) throw notStored(url, `did not store the object: ${reasonOf(failed)}`);
    if (status === 409) throw notStored(url, 'did not store the object');
    const stored = itemsOf(result, tags.referencedSopSequence).map((item) =>
      textOf(item, tags.referencedSopInstanceUid),
    );
    return { stored: stored.filter((uid) => uid !== undefined) };
  });
}

function multipartBody(files: readonly Uint8Array[], boundary: string): Uint8Array {
  const parts = files.flatMap((file) => [
    Buffer.from(
      `--${boundary}\r\nContent-Type: application/dicom\r\nContent-Length: ${file.length}\r\n\r\n`,
      'latin1',
    ),
    file,
    Buffer.from('\r\n', 'latin1'),
  ]);
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`, 'latin1')]);
}

function reasonOf(failed: DicomDataset): string {
  const code = numberOf(failed, tags.failureReason);
  if (code === undefined) return 'no reason stated';
  const hexadecimal = `0x${code.toString(16).padStart(4, '0')}`;
  // The last three digits of these two vary (PS3.4, annex B.2.3).
  const meaning = reasons.get(code) ?? reasons.get(code & 0xff00) ?? reasons.get(code & 0xf000);
  return meaning === undefined ? hexadecimal : `${meaning} (${hexadecimal})`;
}

function notStored(url: string, reason: string): VoxseekError {
  return new VoxseekError('PACS_REFUSED', `the server ${reason}`, {
    subject: shownUrl(url),
    advice: 'Ask whoever runs the server whether it takes such objects (STOW-RS) from this user.',
  });
}
