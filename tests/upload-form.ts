import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ZipFile } from 'yazl';
import type { Problem, Upload } from '../src/server/schemas.js';
import type { TestServer } from './server.js';

/** Names and contents of files, as a browser sends them. */
export type FormFiles = Readonly<Record<string, Uint8Array | string>>;

export function form(files: FormFiles): FormData {
  const data = new FormData();
  for (const [name, content] of Object.entries(files)) {
    data.append('files', new Blob([content as Uint8Array<ArrayBuffer>]), name);
  }
  return data;
}

export function postFiles(server: Pick<TestServer, 'get'>, files: FormFiles): Promise<Response> {
  return server.get('/v1/uploads', { method: 'POST', body: form(files) });
}

/** Sends files that have to be taken. */
export async function upload(server: Pick<TestServer, 'get'>, files: FormFiles): Promise<Upload> {
  const response = await postFiles(server, files);
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Upload;
}

export async function problemIn(response: Response): Promise<Problem> {
  return (await response.json()) as Problem;
}

/** The folders of the servers that share a cache. */
export function uploadedServers(cache: string): string[] {
  return readdirSync(join(cache, 'uploads'));
}

/** What lies in the folders of uploads of a server, besides the file with which it says that it lives. */
export function uploadedFiles(cache: string): string[] {
  return readdirSync(join(cache, 'uploads'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /upload-/.test(path),
  );
}

/** Looks again until nothing is left or two seconds are over: a server removes after it has answered. */
export async function uploadedFilesInTheEnd(cache: string): Promise<string[]> {
  for (let left = 40; left > 0 && uploadedFiles(cache).length > 0; left--) {
    await new Promise((done) => setTimeout(done, 50));
  }
  return uploadedFiles(cache);
}

/** @param mode of Unix, with the type of the file. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
  readonly mode?: number;
}

export async function zip(entries: readonly ZipEntry[]): Promise<Buffer> {
  const file = new ZipFile();
  for (const { name, content, mode } of entries) {
    const compress = content.length > 100;
    file.addBuffer(Buffer.from(content), name, { compress, ...(mode !== undefined && { mode }) });
  }
  file.end();
  const chunks: Buffer[] = [];
  for await (const chunk of file.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The bytes of a form with one file, as they go over the wire. */
export function formBytes(name: string, content: Uint8Array): { type: string; body: Buffer } {
  const border = 'border0123456789';
  const head = `--${border}\r\ncontent-disposition: form-data; name="files"; filename="${name}"\r\ncontent-type: application/octet-stream\r\n\r\n`;
  return {
    type: `multipart/form-data; boundary=${border}`,
    body: Buffer.concat([Buffer.from(head), content, Buffer.from(`\r\n--${border}--\r\n`)]),
  };
}

/**
 * Sends bytes as they are and tells what comes back.
 *
 * @param hangUpAfterMs the client closes the connection then, answered or not.
 * @returns the answer as text; '' where there was none.
 */
export function sendRaw(url: string, bytes: Buffer, hangUpAfterMs = 2_000): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((done) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(), hangUpAfterMs);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      done(answer);
    });
  });
}

/** The head of a request that sends a form. */
export function requestHead(url: string, type: string, contentLength: number): Buffer {
  return Buffer.from(
    `POST /v1/uploads HTTP/1.1\r\nHost: ${new URL(url).host}\r\nContent-Type: ${type}\r\nContent-Length: ${contentLength}\r\nConnection: close\r\n\r\n`,
  );
}
