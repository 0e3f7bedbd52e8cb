import { VoxseekError } from '../errors.js';
import { answerInvalid, type HttpAnswer, type HttpClient, PassingFailure } from './http.js';
import { parseMediaType } from './media-type.js';
import { MultipartBrokenOff, MultipartMalformed, readMultipart } from './multipart.js';
import { nameOf } from './search-pages.js';
import { type SeriesAddress, seriesUrl } from './service-root.js';

/** The instances of one series as they came. */
export interface SeriesBytes {
  /** PS3.10 files. */
  readonly files: readonly Uint8Array[];
  /** Sum of their sizes. */
  readonly bytes: number;
}

export interface RetrieveOptions {
  readonly signal?: AbortSignal;
  /**
   * Told of every chunk that came, before it is used; the transfer waits for what it returns. A negative number
   * takes back what came of an attempt that failed.
   */
  readonly onBytes?: (bytes: number) => Promise<void> | void;
}

/** Any transfer syntax: without the last part servers convert to an uncompressed one, or fail to (PS3.18, 8.7.3.3). */
const accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';

/**
 * WADO-RS of a whole series (PS3.18, section 10.4).
 *
 * @throws VoxseekError SERIES_UNKNOWN, PACS_UNREACHABLE, PACS_REFUSED, PACS_ANSWER_INVALID, INTERRUPTED
 */
export async function retrieveInstances(
  http: HttpClient,
  address: SeriesAddress,
  { signal, onBytes }: RetrieveOptions,
): Promise<SeriesBytes> {
  const url = seriesUrl(address);
  let counted = 0;
  const takeBack = async () => {
    const bytes = counted;
    counted = 0;
    if (bytes > 0) await onBytes?.(-bytes);
  };
  try {
    return await http.send({ url, method: 'GET', accept, ...(signal && { signal }) }, async (answer) => {
      await takeBack();
      checkAnswer(answer, address, url);
      const counting = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
        for await (const chunk of answer.body) {
          counted += chunk.length;
          await onBytes?.(chunk.length);
          yield chunk;
        }
      };
      return readFiles({ ...answer, body: counting() }, url);
    });
  } catch (error) {
    await takeBack();
    throw error;
  }
}

function checkAnswer({ status }: HttpAnswer, { series, root }: SeriesAddress, url: string): void {
  if (status === 404 || status === 410) {
    throw new VoxseekError('SERIES_UNKNOWN', `the server ${root} has no such series (${status})`, {
      subject: series,
    });
  }
  if (status === 406) throw answerInvalid(url, 'gives no DICOM files (406 Not Acceptable)');
  if (status !== 200) throw answerInvalid(url, `answers ${status} instead of the series`);
}

async function readFiles({ headers, body }: HttpAnswer, url: string): Promise<SeriesBytes> {
  const { type, parameters } = parseMediaType(headers.get('content-type'));
  const boundary = parameters.get('boundary');
  if (!type.startsWith('multipart/') || !boundary) {
    throw answerInvalid(url, `answers with ${nameOf(type)}, not with a multipart body of DICOM files`);
  }
  const files: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of readMultipart(body, boundary)) {
      const { type: partType } = parseMediaType(part.headers.get('content-type') ?? 'application/dicom');
      if (partType !== 'application/dicom') {
        throw answerInvalid(url, `sends ${nameOf(partType)} as a part, not a DICOM file`);
      }
      files.push(part.body);
      bytes += part.body.length;
    }
  } catch (error) {
    if (error instanceof MultipartBrokenOff) throw new PassingFailure(error.message);
    if (error instanceof MultipartMalformed)
      throw answerInvalid(url, `sends a broken answer: ${error.message}`);
    throw error;
  }
  if (files.length === 0) throw answerInvalid(url, 'answers with no instance at all');
  return { files, bytes };
}
