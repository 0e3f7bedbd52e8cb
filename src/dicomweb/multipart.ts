/** One part of a multipart body (RFC 2046, section 5.1). */
export interface MultipartPart {
  /** Field values by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** Bytes that are no multipart body, whoever reads them again. */
export class MultipartMalformed extends Error {}

/** The bytes ended before the final boundary: the sender or the connection broke off. */
export class MultipartBrokenOff extends Error {}

/** Where servers put more than this into the header of a part, it is no header. */
const mostHeaderBytes = 64 * 1024;
/** White space that may follow a boundary on its line; more is no boundary. */
const mostPadding = 256;

const cr = 0x0d;
const lf = 0x0a;
const dash = 0x2d;
const blanks: ReadonlySet<number | undefined> = new Set([0x20, 0x09]);

/**
 * The parts of a multipart body, each as soon as its last byte has come. Of the body only the part that is being
 * read is in memory.
 *
 * Preamble and epilogue are passed over. A part ends at the boundary, whether or not it states its length; where
 * it does, bytes that look like the boundary but lie within that length belong to the part.
 *
 * @param chunks the body, cut anywhere.
 * @param boundary as the Content-Type states it, without the leading dashes.
 * @throws MultipartMalformed, MultipartBrokenOff, and what `chunks` throws
 */
export async function* readMultipart(
  chunks: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<MultipartPart, void, undefined> {
  const body = new BufferedBytes(chunks);
  const opening = Buffer.from(`--${boundary}`, 'latin1');
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  // The first boundary may be the very start, so without the line end that belongs to the later ones.
  try {
    let end = await findOpening(body, opening, delimiter);
    while (end === 'part') {
      const headers = await readHeaders(body);
      const { content, next } = await readContent(body, delimiter, statedLength(headers));
      end = next;
      yield { headers, body: content };
    }
  } finally {
    await body.close();
  }
}

type AfterBoundary = 'part' | 'final';

async function findOpening(body: BufferedBytes, opening: Buffer, delimiter: Buffer): Promise<AfterBoundary> {
  await body.atLeast(opening.length);
  if (body.view.subarray(0, opening.length).equals(opening)) {
    const after = await lineEnd(body, opening.length);
    if (after !== undefined) return consumeBoundary(body, after);
  }
  let from = 0;
  for (;;) {
    const at = body.view.indexOf(delimiter, from);
    if (at >= 0) {
      const after = await lineEnd(body, at + delimiter.length);
      if (after !== undefined) return consumeBoundary(body, after);
      from = at + 1;
    } else {
      // The preamble is of no use: keep only what may be the begin of the boundary.
      body.skip(Math.max(0, body.view.length - (delimiter.length - 1)));
      from = 0;
      if (!(await body.more())) throw new MultipartBrokenOff('the answer ends before its first part');
    }
  }
}

async function readContent(
  body: BufferedBytes,
  delimiter: Buffer,
  length: number | undefined,
): Promise<{ content: Uint8Array; next: AfterBoundary }> {
  if (length !== undefined) await body.atLeast(length + delimiter.length);
  let from = length ?? 0;
  for (;;) {
    const at = body.view.indexOf(delimiter, from);
    if (at >= 0) {
      const after = await lineEnd(body, at + delimiter.length);
      if (after !== undefined) {
        if (length !== undefined && at !== length) {
          throw new MultipartMalformed(`a part states ${length} bytes, but its end comes after ${at}`);
        }
        // A copy: the part must not keep the bytes around it in memory.
        const content = new Uint8Array(body.view.subarray(0, at));
        return { content, next: consumeBoundary(body, after) };
      }
      from = at + 1;
    } else {
      if (length !== undefined && body.view.length >= length + delimiter.length) {
        const isShort = body.view.indexOf(delimiter) >= 0;
        throw new MultipartMalformed(
          `a part states ${length} bytes, but it is ${isShort ? 'shorter' : 'longer'}`,
        );
      }
      from = Math.max(from, body.view.length - (delimiter.length - 1));
      if (!(await body.more())) throw new MultipartBrokenOff('the answer ends in the middle of a part');
    }
  }
}

/** Where the line of a boundary ends, and what follows. */
interface LineEnd {
  readonly kind: AfterBoundary;
  /** Index of the first byte after the line. */
  readonly next: number;
}

/** @returns undefined where the bytes only begin like the boundary. */
async function lineEnd(body: BufferedBytes, at: number): Promise<LineEnd | undefined> {
  await body.atLeast(at + 2);
  if (body.view[at] === dash && body.view[at + 1] === dash) return { kind: 'final', next: at + 2 };
  let next = at;
  while (blanks.has(body.view[next]) && next - at < mostPadding) {
    next++;
    await body.atLeast(next + 2);
  }
  if (body.view[next] === cr && body.view[next + 1] === lf) return { kind: 'part', next: next + 2 };
  if (body.view.length < next + 2) throw new MultipartBrokenOff('the answer ends within a boundary');
  return undefined;
}

function consumeBoundary(body: BufferedBytes, { kind, next }: LineEnd): AfterBoundary {
  body.skip(next);
  return kind;
}

async function readHeaders(body: BufferedBytes): Promise<Map<string, string>> {
  let end: number;
  let bytes: number;
  for (;;) {
    await body.atLeast(2);
    // A part without any header begins with the empty line.
    if (body.view[0] === cr && body.view[1] === lf) {
      [end, bytes] = [0, 2];
      break;
    }
    const at = body.view.indexOf('\r\n\r\n', 0, 'latin1');
    if (at >= 0) {
      [end, bytes] = [at, at + 4];
      break;
    }
    if (body.view.length > mostHeaderBytes) throw new MultipartMalformed('a part has no end of its header');
    if (!(await body.more())) throw new MultipartBrokenOff('the answer ends in the header of a part');
  }
  const text = body.view.toString('latin1', 0, end);
  body.skip(bytes);
  const headers = new Map<string, string>();
  // A line that begins with a blank continues the one before it.
  for (const line of text.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

function statedLength(headers: ReadonlyMap<string, string>): number | undefined {
  const text = headers.get('content-length');
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Bytes that have come and are not used yet. Grows by doubling, so that many small chunks cost no more than few. */
class BufferedBytes {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #storage = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  get view(): Buffer {
    return this.#storage.subarray(this.#start, this.#end);
  }

  skip(bytes: number): void {
    this.#start += bytes;
  }

  /** Tells the sender that nothing more is wanted. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Waits until so many bytes are there, or all that will ever come. */
  async atLeast(bytes: number): Promise<void> {
    while (this.#end - this.#start < bytes && (await this.more())) {
      // Goes on until enough is there.
    }
  }

  /** @returns false at the end of the body. */
  async more(): Promise<boolean> {
    if (this.#ended) return false;
    const { value, done } = await this.#chunks.next();
    if (done) {
      this.#ended = true;
      return false;
    }
    this.#append(value);
    return true;
  }

  #append(chunk: Uint8Array): void {
    const used = this.#end - this.#start;
    if (this.#end + chunk.length > this.#storage.length) {
      const needed = used + chunk.length;
      // What is used up makes room first; a buffer of its own is needed only where that is not enough.
      if (needed * 2 > this.#storage.length) {
        const larger = Buffer.allocUnsafe(needed * 2);
        this.view.copy(larger);
        this.#storage = larger;
      } else {
        this.#storage.copyWithin(0, this.#start, this.#end);
      }
      this.#start = 0;
      this.#end = used;
    }
    this.#storage.set(chunk, this.#end);
    this.#end += chunk.length;
  }
}
