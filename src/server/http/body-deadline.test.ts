import { once } from 'node:events';
import { connect } from 'node:net';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { limitBodyTime } from './body-deadline.js';

it('cuts off a client that does not finish its body, and no other', async () => {
  const app = Fastify();
  limitBodyTime(app, 200);
  app.addContentTypeParser('multipart/form-data', (_request, payload, done) => {
    payload.resume().once('end', () => done(null, 'form'));
  });
  app.post('/', async ({ body }) => {
    // An answer may take longer than its question.
    await new Promise((wake) => setTimeout(wake, 400));
    return { body };
  });
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  const ask = async (type: string, first: string, second: string, waitMs: number) => {
    const socket = connect(Number(port), '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    const length = first.length + second.length;
    socket.write(
      `POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n${first}`,
    );
    setTimeout(() => socket.writable && socket.write(second), waitMs);
    await once(
      socket.on('error', () => {}),
      'close',
    );
    return text;
  };
  const [prompt, slow, form] = await Promise.all([
    ask('application/json', '[1,', '2]', 20),
    ask('application/json', '[1,', '2]', 600),
    ask('multipart/form-data; boundary=x', 'a', 'b', 600),
  ]);
  expect(prompt).toContain('{"body":[1,2]}');
  expect(slow).toBe('');
  expect(form).toContain('{"body":"form"}');
  await app.close();
});
