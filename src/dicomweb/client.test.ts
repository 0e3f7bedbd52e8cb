import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/error-of.js';
import { type Relay, startRelay } from '../../tests/relay.js';
import { DicomWebClient, type DicomWebOptions } from './client.js';

const relays: Relay[] = [];
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.close()));
});

/** A server that answers everything itself; `before` counts the requests before this one. */
async function serve(
  answer: (answer: ServerResponse, request: IncomingMessage, before: number) => void,
): Promise<Relay> {
  let before = 0;
  const relay = await startRelay(0, (request, response) => {
    answer(response, request, before++);
    return true;
  });
  relays.push(relay);
  return relay;
}

const quick = { retryDelayMs: 1, idleMs: 10_000 } satisfies DicomWebOptions;
const dicomJson = { 'content-type': 'application/dicom+json' };
const study = (uid: string) => ({ '0020000D': { vr: 'UI', Value: [uid] } });

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const studiesOf = (relay: Relay, query?: string, options: DicomWebOptions = quick) =>
  all(new DicomWebClient(`${relay.origin}/dicom-web`, options).searchStudies(query));

describe('a search', () => {
  const uids = Array.from({ length: 1203 }, (_, i) => `1.2.${i}`);

  /** How servers page: as asked; never more than 100; without regard to the limit; without regard to the offset. */
  const servers: Record<string, (limit: number, offset: number) => string[]> = {
    'a server that pages as asked': (limit, offset) => uids.slice(offset, offset + limit),
    'a server that gives no more than 100': (limit, offset) =>
      uids.slice(offset, offset + Math.min(limit, 100)),
    'a server that ignores the limit': (_, offset) => uids.slice(offset),
    'a server that ignores limit and offset': () => uids,
  };
  it.each(Object.entries(servers))('finds everything once on %s', async (_, page) => {
    const relay = await serve((answer, { url }) => {
      const query = new URL(url!, 'http://x').searchParams;
      const found = page(Number(query.get('limit')), Number(query.get('offset')));
      answer.writeHead(200, dicomJson).end(JSON.stringify(found.map(study)));
    });
    expect(await studiesOf(relay)).toEqual(uids);
  });

  it('passes the query on, with paging', async () => {
    const relay = await serve((answer) => answer.writeHead(204).end());
    expect(await studiesOf(relay, 'ModalitiesInStudy=CT&StudyDate=20240101-&PatientName=DOE^J*')).toEqual([]);
    expect(relay.requests).toEqual([
      'GET /dicom-web/studies?ModalitiesInStudy=CT&StudyDate=20240101-&PatientName=DOE%5EJ*&limit=500&offset=0',
    ]);
  });

  it.each(['limit=5', 'offset=5', '=x', 'a b=1', '<script>=1'])('refuses the query %s', async (query) => {
    const relay = await serve((answer) => answer.writeHead(204).end());
    expect((await errorOf(studiesOf(relay, query))).code).toBe('USAGE');
    expect(relay.requests).toEqual([]);
  });

  it('passes over objects without a UID, and UIDs that would lead elsewhere', async () => {
    const found = [{}, study('../../admin'), study('..'), study('1.2.3 '), study('1.2.3')];
    const relay = await serve((answer) => answer.writeHead(200, dicomJson).end(JSON.stringify(found)));
    expect(await studiesOf(relay)).toEqual(['1.2.3']);
  });
});

describe('what is no answer of a DICOMweb service', () => {
  const secret = 'Doe^Jane';
  it.each([
    ['a web page', 200, 'text/html; charset=utf-8', `<html>${secret}</html>`, 'a web page (text/html)'],
    ['text', 200, 'text/plain', secret, 'text/plain'],
    ['no type', 200, '', secret, 'no stated type'],
    ['broken JSON', 200, 'application/dicom+json', `[{"${secret}`, 'no list of DICOM objects'],
    ['other JSON', 200, 'application/json', `{"name":"${secret}"}`, 'no list of DICOM objects'],
    ['a list of other JSON', 200, 'application/json', `["${secret}"]`, 'no list of DICOM objects'],
    ['not found', 404, 'text/html', secret, 'answers 404'],
    ['a bad request', 400, 'text/plain', secret, '400'],
  ])('is told: %s', async (_, status, type, body, reason) => {
    const relay = await serve((answer) => answer.writeHead(status, { 'content-type': type }).end(body));
    const error = await errorOf(studiesOf(relay, `PatientName=${secret}`));
    expect(error.code).toBe('PACS_ANSWER_INVALID');
    expect(error.message).toContain(reason);
    expect(error.message).toContain(`${relay.origin}/dicom-web/studies:`);
    // Neither what came nor what was asked: both may name a patient.
    expect(error.message).not.toContain('Doe');
    expect(relay.requests).toHaveLength(1);
  });
});

describe('a server that fails', () => {
  it('is asked again after a network error, 429 and 5xx', async () => {
    const relay = await serve((answer, _, before) => {
      if (before === 0) answer.destroy();
      else if (before === 1) answer.writeHead(429, { 'retry-after': '0' }).end();
      else if (before === 2) answer.writeHead(503).end();
      else if (before === 3) answer.writeHead(200, dicomJson).end('[]');
    });
    expect(await studiesOf(relay)).toEqual([]);
    expect(relay.requests).toHaveLength(4);
  });

  it('is waited for as long as it asks', async () => {
    const relay = await serve((answer, _, before) => {
      if (before === 0) answer.writeHead(503, { 'retry-after': '1' }).end();
      else answer.writeHead(204).end();
    });
    const started = performance.now();
    await studiesOf(relay);
    expect(performance.now() - started).toBeGreaterThan(990);
  });

  it('is not waited for where it asks for longer than two minutes', async () => {
    const relay = await serve((answer) => answer.writeHead(503, { 'retry-after': '3600' }).end());
    expect((await errorOf(studiesOf(relay))).code).toBe('PACS_UNREACHABLE');
    expect(relay.requests).toHaveLength(1);
  });

  it.each([
    [503, 5],
    [500, 2],
    [501, 1],
  ])('with %i is given up after %i attempts', async (status, attempts) => {
    const relay = await serve((answer) => answer.writeHead(status).end());
    const error = await errorOf(studiesOf(relay, 'PatientName=Doe^Jane'));
    expect(error.code).toBe('PACS_UNREACHABLE');
    expect(error.message).not.toContain('Doe');
    expect(error.message).toContain(String(status));
    expect(relay.requests).toHaveLength(attempts);
  });

  it('that refuses the connection is named with the reason', async () => {
    const relay = await serve(() => {});
    await relay.close();
    const error = await errorOf(studiesOf(relay));
    expect(error.code).toBe('PACS_UNREACHABLE');
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.message).toContain('tried 5 times');
  });

  it('that never answers, or stalls in the middle, counts as failed', async () => {
    const silent = await serve(() => {});
    const error = await errorOf(studiesOf(silent, '', { ...quick, idleMs: 60, attempts: 2 }));
    expect(error.code).toBe('PACS_UNREACHABLE');
    expect(error.message).toContain('no byte came for 0.06 s');
    expect(silent.requests).toHaveLength(2);

    const stalling = await serve((answer) => answer.writeHead(200, dicomJson).write('[{'));
    const stalled = await errorOf(studiesOf(stalling, '', { ...quick, idleMs: 60, attempts: 2 }));
    expect(stalled.message).toContain('no byte came for 0.06 s');
    expect(stalling.requests).toHaveLength(2);
  });

  it('that is slow but sends is waited for', async () => {
    const relay = await serve((answer, { url }) => {
      if (!url!.includes('offset=0')) return void answer.writeHead(204).end();
      answer.writeHead(200, dicomJson);
      const text = JSON.stringify([study('1.2')]);
      [...text].forEach((letter, i) => {
        setTimeout(() => answer.write(letter), 20 * i);
      });
      setTimeout(() => answer.end(), 20 * text.length);
    });
    expect(await studiesOf(relay, '', { ...quick, idleMs: 250, attempts: 1 })).toEqual(['1.2']);
  });

  it('is left at once when the signal says so', async () => {
    const relay = await serve((answer) => answer.writeHead(503).end());
    const client = new DicomWebClient(relay.origin, { retryDelayMs: 60_000 });
    const controller = new AbortController();
    const error = errorOf(all(client.searchStudies('', controller.signal)));
    setTimeout(() => controller.abort(), 50);
    expect((await error).code).toBe('INTERRUPTED');
  });
});

describe('credentials', () => {
  const basic = { ...quick, credentials: { kind: 'basic', user: 'me', password: 'pass word' } } as const;

  it('are sent, basic and bearer', async () => {
    const sent: (string | undefined)[] = [];
    const relay = await serve((answer, request) => {
      sent.push(request.headers.authorization);
      answer.writeHead(204).end();
    });
    await studiesOf(relay, '', basic);
    await studiesOf(relay, '', { ...quick, credentials: { kind: 'bearer', token: 'abc.def' } });
    await studiesOf(relay);
    expect(sent).toEqual(['Basic bWU6cGFzcyB3b3Jk', 'Bearer abc.def', undefined]);
  });

  it.each([401, 403])('that are refused (%i) are told, once, and not shown', async (status) => {
    const relay = await serve((answer) => answer.writeHead(status).end('Doe^Jane'));
    const error = await errorOf(studiesOf(relay, 'PatientName=Doe^Jane', basic));
    expect(error.code).toBe('PACS_REFUSED');
    expect(error.message).toContain(`(${status})`);
    expect(error.message).not.toMatch(/pass word|bWU6|Doe/);
    expect(relay.requests).toHaveLength(1);
  });

  it('follow a redirect on the same server and to no other', async () => {
    const sent: (string | undefined)[] = [];
    const other = await serve((answer, request) => {
      sent.push(request.headers.authorization);
      answer.writeHead(204).end();
    });
    const relay = await serve((answer, request) => {
      sent.push(request.headers.authorization);
      if (request.url!.startsWith('/dicom-web')) {
        answer.writeHead(307, { location: `/here${request.url!.slice('/dicom-web'.length)}` }).end();
      } else {
        answer.writeHead(302, { location: `${other.origin}/there` }).end();
      }
    });
    expect(await studiesOf(relay, '', basic)).toEqual([]);
    expect(sent).toEqual(['Basic bWU6cGFzcyB3b3Jk', 'Basic bWU6cGFzcyB3b3Jk', undefined]);
  });

  it('in the address are refused without being repeated', () => {
    expect(() => new DicomWebClient('https://me:secret@host/dicom-web')).toThrow(/user or password/);
    expect(() => new DicomWebClient('https://me:secret@host/dicom-web')).not.toThrow(/secret/);
    expect(() => new DicomWebClient('https://host/dicom-web?token=secret')).toThrow(/query/);
    expect(() => new DicomWebClient('ftp://host/')).toThrow(/http/);
    expect(() => new DicomWebClient('nonsense')).toThrow(/no address/);
    expect(new DicomWebClient('http://host:8042/dicom-web//').root).toBe('http://host:8042/dicom-web');
  });

  it('that would break the header are refused without being repeated', () => {
    const credentials = { kind: 'bearer', token: 'secret\ntoken' } as const;
    expect(() => new DicomWebClient('http://host', { credentials })).toThrow(/bearer token/);
    expect(() => new DicomWebClient('http://host', { credentials })).not.toThrow(/secret/);
  });

  it('goes nowhere that is no address', async () => {
    const relay = await serve((answer) => answer.writeHead(302, { location: 'http://[' }).end());
    expect((await errorOf(studiesOf(relay))).code).toBe('PACS_ANSWER_INVALID');
  });

  it('does not go round in circles', async () => {
    const relay = await serve((answer, { url }) => answer.writeHead(302, { location: url! }).end());
    expect((await errorOf(studiesOf(relay))).message).toContain('redirects');
    expect(relay.requests).toHaveLength(6);
  });
});

describe('a series', () => {
  const multipart = { 'content-type': 'multipart/related; type="application/dicom"; boundary="a b"' };
  const part = (text: string) => `--a b\r\nContent-Type: application/dicom\r\n\r\n${text}\r\n`;
  const retrieve = (relay: Relay, onBytes?: (bytes: number) => void) =>
    new DicomWebClient(relay.origin, quick).retrieveSeries('1.2', '3.4', onBytes ? { onBytes } : {});

  it('comes with any transfer syntax', async () => {
    let accept: string | undefined;
    const relay = await serve((answer, request) => {
      accept = request.headers.accept;
      answer.writeHead(200, multipart).end(`${part('one')}${part('two')}--a b--`);
    });
    const { files, bytes } = await retrieve(relay);
    expect(files.map((file) => Buffer.from(file).toString())).toEqual(['one', 'two']);
    expect(bytes).toBe(6);
    expect(accept).toBe('multipart/related; type="application/dicom"; transfer-syntax=*');
    expect(relay.requests).toEqual(['GET /studies/1.2/series/3.4']);
  });

  it('that breaks off is asked for again, and counted once', async () => {
    const whole = `${part('one')}${part('two')}--a b--`;
    const relay = await serve((answer, _, before) => {
      if (before === 0) answer.writeHead(200, multipart).end(part('one'));
      else if (before === 1) answer.writeHead(200, multipart).write(part('one'), () => answer.destroy());
      else answer.writeHead(200, multipart).end(whole);
    });
    let counted = 0;
    const { files } = await retrieve(relay, (bytes) => {
      counted += bytes;
    });
    expect(files).toHaveLength(2);
    expect(counted).toBe(whole.length);
    expect(relay.requests).toHaveLength(3);
  });

  it('that always breaks off is given up', async () => {
    const relay = await serve((answer) => answer.writeHead(200, multipart).end(part('one')));
    let counted = 0;
    const error = await errorOf(
      retrieve(relay, (bytes) => {
        counted += bytes;
      }),
    );
    expect(error.code).toBe('PACS_UNREACHABLE');
    expect(error.message).toContain('ends in the middle of a part');
    expect(counted).toBe(0);
    expect(relay.requests).toHaveLength(5);
  });

  it.each([
    ['a web page', { 'content-type': 'text/html' }, 'Doe^Jane', 'a web page'],
    ['no boundary', { 'content-type': 'multipart/related' }, part('x'), 'multipart'],
    ['no parts', multipart, '--a b--', 'no instance'],
    [
      'parts that are no DICOM',
      multipart,
      '--a b\r\nContent-Type: image/jpeg\r\n\r\nx\r\n--a b--',
      'image/jpeg',
    ],
    [
      'a part of another length',
      multipart,
      '--a b\r\nContent-Length: 7\r\n\r\nx\r\n--a b\r\n\r\nmore than seven\r\n--a b--',
      'states 7 bytes',
    ],
  ])('is refused: %s', async (_, headers, body, reason) => {
    const relay = await serve((answer) => answer.writeHead(200, headers).end(body));
    const error = await errorOf(retrieve(relay));
    expect(error.code).toBe('PACS_ANSWER_INVALID');
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain('Doe');
  });

  it('that is not there is unknown', async () => {
    const relay = await serve((answer) => answer.writeHead(404).end());
    expect((await errorOf(retrieve(relay))).code).toBe('SERIES_UNKNOWN');
  });
});

describe('storing', () => {
  const store = (relay: Relay) => new DicomWebClient(relay.origin, quick).store('1.2', [Buffer.from('DICM')]);
  const uidItem = (uid: string) => ({ '00081155': { vr: 'UI', Value: [uid] } });

  it('tells what was stored', async () => {
    let received = '';
    const relay = await serve((answer, request) => {
      request.on('data', (chunk: Buffer) => {
        received += chunk.toString();
      });
      request.on('end', () => {
        const body = { '00081199': { vr: 'SQ', Value: [uidItem('9.9')] } };
        answer.writeHead(200, dicomJson).end(JSON.stringify(body));
      });
    });
    expect(await store(relay)).toEqual({ stored: ['9.9'] });
    expect(relay.requests).toEqual(['POST /studies/1.2']);
    expect(received).toMatch(
      /^--(voxseek-[0-9a-f-]+)\r\nContent-Type: application\/dicom\r\nContent-Length: 4\r\n\r\nDICM\r\n--\1--\r\n$/,
    );
  });

  it.each([
    [202, 0xa700, 'out of resources (0xa700)'],
    [409, 0xa701, 'out of resources (0xa701)'],
    [409, 0xc001, 'it cannot read the object (0xc001)'],
    [409, 0x0122, 'it does not take this class of objects (0x0122)'],
    [202, 0x1234, '0x1234'],
  ])('is refused with %i and the reason of the server', async (status, code, reason) => {
    const failed = { ...uidItem('9.9'), '00081197': { vr: 'US', Value: [code] } };
    const relay = await serve((answer) =>
      answer
        .writeHead(status, dicomJson)
        .end(JSON.stringify([{ '00081198': { vr: 'SQ', Value: [failed] } }])),
    );
    const error = await errorOf(store(relay));
    expect(error.code).toBe('PACS_REFUSED');
    expect(error.message).toContain(reason);
  });

  it.each([
    [404, 'text/plain', '', 'PACS_ANSWER_INVALID'],
    [200, 'text/html', '<html>', 'PACS_ANSWER_INVALID'],
    [409, 'text/plain', '', 'PACS_REFUSED'],
    [400, 'text/plain', '', 'PACS_REFUSED'],
    [307, 'text/plain', '', 'PACS_REFUSED'],
  ])('fails at the answer %i %s', async (status, type, body, code) => {
    const relay = await serve((answer) => answer.writeHead(status, { 'content-type': type }).end(body));
    expect((await errorOf(store(relay))).code).toBe(code);
  });

  it('is not redirected to another server', async () => {
    const other = await serve((answer) => answer.writeHead(200, dicomJson).end('{}'));
    const relay = await serve((answer) => answer.writeHead(307, { location: `${other.origin}/x` }).end());
    expect((await errorOf(store(relay))).code).toBe('PACS_ANSWER_INVALID');
    expect(other.requests).toEqual([]);
  });
});
