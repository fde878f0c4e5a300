import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A process that serves, and where it can be reached. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  readonly address: string;
}

/** The processes of the services. */
export class Processes {
  readonly #running = new Set<ChildProcess>();

  /** Starts a program of this folder; it is ready when this resolves. */
  async start(program: string, ...args: string[]): Promise<ServiceProcess> {
    const child = fork(new URL(`${program}.js`, import.meta.url), args);
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    const address = await new Promise<string>((resolve, reject) => {
      child.once('message', (message) => resolve(String(message)));
      child.once('exit', (code, signal) => reject(new Error(`${program} has ended at once: ${signal ?? `code ${code}`}`)));
    });
    console.log(`  ${program.padEnd(11)} process ${child.pid}, ${address}`);
    return { child, address };
  }

  /** Ends a process without letting it say goodbye. */
  async kill({ child }: ServiceProcess): Promise<void> {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Ends all in good order: what they are doing is finished first. */
  async stop(): Promise<void> {
    await Promise.all(
      [...this.#running].map(async (child) => {
        const ended = once(child, 'exit');
        child.disconnect();
        const [code, signal] = await ended;
        if (code !== 0) throw new Error(`process ${child.pid} has ended with ${signal ?? `code ${code}`}`);
      }),
    );
  }

  /** Ends all at once, for when there is no time. */
  abandon(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }
}
