/** A NATS server of a test's own, on a free port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NatsServer {
  readonly port: number;
  readonly url: string;
  /** Starts it again, with the streams that are kept in files, after `kill`. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Kills it and takes its files away. */
  end(): Promise<void>;
  /** Stops it answering, as a machine does that is paused. */
  pause(): void;
  resume(): void;
}

/** Starts a server with JetStream; `options` as on its command line. */
export async function natsServer({ jetStream = true, options = [] as readonly string[] } = {}): Promise<NatsServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'nats-'));
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const stored = jetStream ? ['-js', '-sd', folder] : [];
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin` };
    child = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port), ...stored, ...options], { stdio: 'ignore', env });
    const failed = once(child, 'error').then(([error]) => Promise.reject(error));
    failed.catch(() => {});
    await Promise.race([accepts(port), failed]);
  };
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  await start();
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    start,
    kill,
    async end() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves when the server greets. */
async function accepts(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket.once('data', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
