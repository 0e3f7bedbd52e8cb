import { describe, expect, it } from 'vitest';
import { MultipartBrokenOff, MultipartMalformed, readMultipart } from './multipart.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');

async function* cutAt(body: Uint8Array, ...cuts: number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const cut of [...cuts, body.length]) {
    yield body.subarray(from, cut);
    from = cut;
  }
}

async function partsOf(chunks: AsyncIterable<Uint8Array>, boundary = 'edge') {
  const parts: { headers: Record<string, string>; body: string }[] = [];
  for await (const { headers, body } of readMultipart(chunks, boundary)) {
    parts.push({ headers: Object.fromEntries(headers), body: Buffer.from(body).toString('latin1') });
  }
  return parts;
}

/** Three parts: with a length, without one, and with the look of a boundary in its bytes; preamble and epilogue. */
const body = bytes(
  [
    'a preamble that nobody reads',
    '--edge',
    'Content-Type: application/dicom',
    'content-length: 9',
    '',
    'one\r\n--ed',
    '--edge  ',
    'X-Folded: a,',
    ' b',
    '',
    'two\r\n\r\n--edgewise is no edge',
    '--edge',
    '',
    '',
    '--edge--',
    'an epilogue\r\n--edge\r\n\r\nnot a part',
  ].join('\r\n'),
);
const expected = [
  { headers: { 'content-type': 'application/dicom', 'content-length': '9' }, body: 'one\r\n--ed' },
  { headers: { 'x-folded': 'a, b' }, body: 'two\r\n\r\n--edgewise is no edge' },
  { headers: {}, body: '' },
];

describe('a multipart body', () => {
  it('gives its parts, as one chunk', async () => {
    expect(await partsOf(cutAt(body))).toEqual(expected);
  });

  it('gives the same parts cut in two at every byte', async () => {
    for (let cut = 0; cut <= body.length; cut++) {
      expect(await partsOf(cutAt(body, cut)), `cut at ${cut}`).toEqual(expected);
    }
  });

  it('gives the same parts byte by byte', async () => {
    expect(await partsOf(cutAt(body, ...body.keys()))).toEqual(expected);
  });

  it('may begin with its boundary', async () => {
    const bare = bytes('--edge\r\n\r\nx\r\n--edge--');
    expect(await partsOf(cutAt(bare))).toEqual([{ headers: {}, body: 'x' }]);
  });

  it('may have no parts', async () => {
    expect(await partsOf(cutAt(bytes('--edge--\r\n')))).toEqual([]);
  });

  it('keeps a boundary that lies within the stated length of a part', async () => {
    const inner = 'pixels\r\n--edge\r\nmore pixels';
    const nested = bytes(`--edge\r\nContent-Length: ${inner.length}\r\n\r\n${inner}\r\n--edge--`);
    for (let cut = 0; cut <= nested.length; cut++) {
      expect((await partsOf(cutAt(nested, cut)))[0]!.body).toBe(inner);
    }
  });

  it('keeps every byte value', async () => {
    const all = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 31) ^ (i >> 8));
    const whole = Buffer.concat([bytes('--edge\r\n\r\n'), all, bytes('\r\n--edge--')]);
    const parts: Uint8Array[] = [];
    for await (const part of readMultipart(cutAt(whole, 1000, 1001, 40_000, 69_999), 'edge')) {
      parts.push(part.body);
    }
    expect(parts).toHaveLength(1);
    expect(Buffer.compare(parts[0]!, all)).toBe(0);
  });

  it('hands out a part before the next one has come', async () => {
    let isAskedForMore = false;
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield bytes('--edge\r\n\r\nfirst\r\n--edge\r\n');
      isAskedForMore = true;
      yield bytes('\r\nsecond\r\n--edge--');
    }
    const parts = readMultipart(slow(), 'edge');
    const first = await parts.next();
    expect(Buffer.from(first.value!.body).toString()).toBe('first');
    expect(isAskedForMore).toBe(false);
    expect(Buffer.from((await parts.next()).value!.body).toString()).toBe('second');
  });
});

describe('a multipart body that is not whole', () => {
  it('is broken off wherever it ends before its final boundary', async () => {
    const end = body.indexOf('--edge--') + '--edge--'.length;
    for (let length = 0; length < end; length++) {
      await expect(partsOf(cutAt(body.subarray(0, length))), `of ${length}`).rejects.toThrow(
        MultipartBrokenOff,
      );
    }
    expect(await partsOf(cutAt(body.subarray(0, end)))).toEqual(expected);
  });

  it('is malformed where a part is longer or shorter than it states', async () => {
    for (const length of [2, 4]) {
      const wrong = bytes(
        `--edge\r\nContent-Length: ${length}\r\n\r\nabc\r\n--edge\r\n\r\nthe next part\r\n--edge--`,
      );
      await expect(partsOf(cutAt(wrong)), String(length)).rejects.toThrow(MultipartMalformed);
    }
  });

  it('is malformed where the header of a part has no end', async () => {
    const endless = Buffer.concat([bytes('--edge\r\n'), Buffer.alloc(100_000, 'x')]);
    await expect(partsOf(cutAt(endless))).rejects.toThrow(MultipartMalformed);
  });

  it('passes on what its source throws', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytes('--edge\r\n\r\nx');
      throw new Error('the line is dead');
    }
    await expect(partsOf(failing())).rejects.toThrow('the line is dead');
  });
});
