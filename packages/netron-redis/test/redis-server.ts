import { type ServerProcess, startServer } from '../../netron/test/server-process.js';

/** A Redis server of a test's own; it is empty whenever it starts. */
export interface RedisServer extends ServerProcess {
  readonly url: string;
}

/** Starts a server; `options` as on its command line. */
export async function redisServer(...options: string[]): Promise<RedisServer> {
  const args = (port: number) => ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...options];
  const server = await startServer('redis-server', args, /Ready to accept connections/);
  return { ...server, url: `redis://127.0.0.1:${server.port}` };
}
