import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A process that serves, and where it can be reached. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  readonly address: string;
}

/** The processes of the services. */
export class Processes {
  readonly #crashed: (error: Error) => void;
  readonly #running = new Set<ChildProcess>();

  /** @param crashed is told of a process that fails by itself */
  constructor(crashed: (error: Error) => void) {
    this.#crashed = crashed;
  }

  /** Starts a program of this folder; it is ready when this resolves. */
  async start(program: string, ...args: string[]): Promise<ServiceProcess> {
    const child = fork(new URL(`${program}.js`, import.meta.url), args);
    this.#running.add(child);
    child.once('exit', (code) => {
      this.#running.delete(child);
      if (code) this.#crashed(new Error(`the process of ${program} has ended with code ${code}`));
    });
    const address = await new Promise<string>((resolve, reject) => {
      child.once('message', (message) => resolve(String(message)));
      child.once('exit', () => reject(new Error(`the process of ${program} has ended at once`)));
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
        await ended;
      }),
    );
  }

  /** Ends all at once, for when there is no time. */
  abandon(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }
}
