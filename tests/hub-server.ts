import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on 127.0.0.1 with the layout of the Hugging Face hub: OWNER/NAME/resolve/REVISION/PATH. */
export interface HubServer {
  /** To use as HF_ENDPOINT. */
  readonly endpoint: string;
  /** Path and Range header of every request so far. */
  readonly requests: readonly { readonly path: string; readonly range: string | undefined }[];
  readonly close: () => Promise<void>;
}

/** @param answer is told the path and how many requests there were before, of this path or others. */
export async function startHubServer(
  answer: (path: string, before: number, response: ServerResponse, request: IncomingMessage) => void,
): Promise<HubServer> {
  const requests: { path: string; range: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push({ path, range: request.headers.range });
    answer(path, requests.length - 1, response, request);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
