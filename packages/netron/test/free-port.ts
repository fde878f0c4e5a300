import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Returns a port that nobody listens on. It is none of those that systems give out themselves (from 32,768 on), so that it
 * stays free while the server on it is started again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(22_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
