/** Servers of other products that a test starts, on free ports of this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { endWithUs } from '../../../tools/lib/end-with-us.mjs';
import { freePort } from './free-port.js';

/** A server of a test's own. */
export interface ServerProcess {
  readonly port: number;
  /** Starts it again, on the same port, after `kill`. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Stops it answering, as a machine does that is paused. */
  pause(): void;
  resume(): void;
}

/** Programs of servers lie in folders that are not on every user's path. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin` };

/**
 * Starts a server and waits until it says that it is ready. Fails when the program is missing. When somebody else has taken the
 * port meanwhile, it tries another one.
 *
 * @param args for a port
 * @param ready what it prints when it accepts connections
 */
export async function startServer(
  program: string,
  args: (port: number) => readonly string[],
  ready: RegExp,
): Promise<ServerProcess> {
  let child: ChildProcess | undefined;
  const startAt = async (port: number): Promise<boolean> => {
    const started = spawn(program, [...args(port)], { stdio: ['ignore', 'pipe', 'pipe'], env });
    endWithUs(started);
    child = started;
    return new Promise((resolve, reject) => {
      let said = '';
      const hear = (text: Buffer): void => {
        said = (said + text).slice(-10_000);
        if (ready.test(said)) resolve(true);
      };
      started.stdout.on('data', hear);
      started.stderr.on('data', hear);
      started.once('error', reject);
      started.once('exit', () => (/in use/i.test(said) ? resolve(false) : reject(new Error(`${program} has ended: ${said}`))));
    });
  };
  let port = await freePort();
  while (!(await startAt(port))) port = await freePort();
  return {
    port,
    async start() {
      if (!(await startAt(port))) throw new Error(`somebody else has taken port ${port}`);
    },
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await exited;
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
  };
}
