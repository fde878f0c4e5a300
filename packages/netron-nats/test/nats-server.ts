import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerProcess, startServer } from '../../netron/test/server-process.js';

/** A NATS server of a test. */
export interface NatsServer extends ServerProcess {
  readonly url: string;
  /** Kills it and removes its files. */
  end(): Promise<void>;
}

/** Starts a server with JetStream; `options` are those of its command line. */
export async function natsServer({ jetStream = true, options = [] as readonly string[] } = {}): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'nats-'));
  const stored = jetStream ? ['-js', '-sd', folder] : [];
  const args = (port: number) => ['-a', '127.0.0.1', '-p', `${port}`, ...stored, ...options];
  const server = await startServer('nats-server', args, /Server is ready/);
  return {
    ...server,
    url: `nats://127.0.0.1:${server.port}`,
    async end() {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
