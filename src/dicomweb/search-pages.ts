import { type DicomDataset, parseDatasets } from './dicom-json.js';
import { answerInvalid, type HttpAnswer, type HttpClient } from './http.js';
import { parseMediaType } from './media-type.js';

/** What is asked of a QIDO-RS service (PS3.18, section 10.6). */
export interface Search {
  /** Without a query. */
  readonly url: string;
  readonly parameters: URLSearchParams;
  readonly signal?: AbortSignal;
  readonly attempts?: number;
}

const pageSize = 500;
/** More than any page of 500 objects: what answers is no QIDO-RS service. */
const mostPageBytes = 256 * 1024 * 1024;
const jsonTypes: ReadonlySet<string> = new Set(['application/dicom+json', 'application/json']);

/**
 * All objects that a search finds, page by page. Goes on until a page has nothing new, for servers differ: some
 * give fewer than asked for, some ignore the limit, some the offset. Objects are told apart by the UID under `key`;
 * those without one are left out.
 *
 * @throws VoxseekError PACS_UNREACHABLE, PACS_REFUSED, PACS_ANSWER_INVALID, INTERRUPTED
 */
export async function* searchPages(
  http: HttpClient,
  search: Search,
  key: (object: DicomDataset) => string | undefined,
): AsyncGenerator<DicomDataset, void, undefined> {
  const seen = new Set<string>();
  let offset = 0;
  for (;;) {
    const page = await readPage(http, search, { limit: pageSize, offset });
    let isNew = false;
    for (const object of page) {
      const id = key(object);
      if (id === undefined || seen.has(id)) continue;
      seen.add(id);
      isNew = true;
      yield object;
    }
    if (!isNew) return;
    offset += page.length;
  }
}

/** One page of a search, as the server gives it: it may have more than `limit`, or fewer. */
export async function readPage(
  http: HttpClient,
  { url, parameters, signal, attempts }: Search,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<DicomDataset[]> {
  const query = new URLSearchParams(parameters);
  query.set('limit', String(limit));
  query.set('offset', String(offset));
  const request = {
    // A space as "+" is for forms; servers that decode as RFC 3986 says keep it.
    url: `${url}?${query.toString().replaceAll('+', '%20')}`,
    method: 'GET',
    accept: 'application/dicom+json',
    ...(signal && { signal }),
    ...(attempts !== undefined && { attempts }),
  } as const;
  return http.send(request, async (answer) => {
    // 204 is how the standard says "nothing found".
    if (answer.status === 204) return [];
    checkFound(answer, url);
    const text = await readText(answer, url);
    if (text.trim() === '') return [];
    const datasets = parseDatasets(text);
    if (datasets === undefined)
      throw answerInvalid(url, 'answers with JSON that is no list of DICOM objects');
    return datasets;
  });
}

function checkFound({ status, headers }: HttpAnswer, url: string): void {
  if (status === 400) {
    throw answerInvalid(url, 'does not understand the query (400)');
  }
  if (status !== 200 && status !== 206) {
    throw answerInvalid(url, `answers ${status}: there is no DICOMweb search at this address`);
  }
  const { type } = parseMediaType(headers.get('content-type'));
  if (!jsonTypes.has(type)) throw answerInvalid(url, `answers with ${nameOf(type)}, not with DICOM JSON`);
}

/** What came, in words, and nothing of its content: it may name patients. */
export function nameOf(type: string): string {
  if (type === 'text/html' || type === 'application/xhtml+xml') return `a web page (${type})`;
  return type === '' ? 'something of no stated type' : type;
}

export async function readText({ body }: HttpAnswer, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > mostPageBytes) throw answerInvalid(url, `answers with more than ${mostPageBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
