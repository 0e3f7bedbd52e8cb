import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What may be done to a request before it is passed on; true: it was answered here. */
export type Interference = (incoming: IncomingMessage, answer: ServerResponse) => boolean | Promise<boolean>;

/** Stands before an HTTP server on this machine: writes down what is asked, and may interfere. */
export interface Relay {
  /** "http://127.0.0.1:PORT" */
  readonly origin: string;
  /** "GET /path?query", in the order in which they came; may be emptied. */
  readonly requests: string[];
  readonly close: () => Promise<void>;
}

/** @param port of the server behind it. */
export async function startRelay(port: number, interfere: Interference = () => false): Promise<Relay> {
  const requests: string[] = [];
  const server = createServer(async (incoming, answer) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    if (await interfere(incoming, answer)) return;
    const onward = request(
      { host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (response) => {
        answer.writeHead(response.statusCode!, response.headers);
        response.on('error', () => answer.destroy());
        response.pipe(answer);
      },
    );
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
