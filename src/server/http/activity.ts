import type { FastifyInstance } from 'fastify';

/** Of the routes whose answers take as long as what they tell of. */
const streams = /\/events$/;

/** Whether clients want something of a server, so that what nobody waits for can stand back. */
export class Activity {
  #requests = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** Counts the requests of an app, from now on. */
  watch(app: FastifyInstance): void {
    app.addHook('onRequest', async (request, reply) => {
      this.#lastMs = performance.now();
      if (streams.test(request.routeOptions.url ?? '')) return;
      this.#requests++;
      // Also comes where the client goes away before it has its answer.
      reply.raw.once('close', () => {
        this.#requests--;
        this.#lastMs = performance.now();
      });
    });
  }

  /** Whether nothing is in work, and nothing was asked for so many milliseconds. */
  isQuiet(ms: number): boolean {
    return this.#requests === 0 && performance.now() - this.#lastMs >= ms;
  }
}
