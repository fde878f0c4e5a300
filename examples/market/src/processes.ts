import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A service process and its address. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  readonly address: string;
}

/** The processes of the services. */
export class Processes {
  readonly #crashed: (error: Error) => void;
  readonly #running = new Set<ChildProcess>();

  /** @param crashed called when a process fails on its own */
  constructor(crashed: (error: Error) => void) {
    this.#crashed = crashed;
  }

  /** Starts a program of this folder, and resolves when it is ready. */
  async start(program: string, ...args: string[]): Promise<ServiceProcess> {
    const child = fork(new URL(`${program}.js`, import.meta.url), args);
    this.#running.add(child);
    child.once('exit', (code) => {
      this.#running.delete(child);
      if (code) this.#crashed(new Error(`the process of ${program} exited with code ${code}`));
    });
    const address = await new Promise<string>((resolve, reject) => {
      child.once('message', (message) => resolve(String(message)));
      child.once('exit', () => reject(new Error(`the process of ${program} exited at once`)));
    });
    console.log(`  ${program.padEnd(11)} process ${child.pid}, ${address}`);
    return { child, address };
  }

  /** Kills a process without a graceful shutdown. */
  async kill({ child }: ServiceProcess): Promise<void> {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Stops all gracefully: they first finish their calls. */
  async stop(): Promise<void> {
    await Promise.all(
      [...this.#running].map(async (child) => {
        const ended = once(child, 'exit');
        child.disconnect();
        await ended;
      }),
    );
  }

  /** Kills all of them at once. */
  abandon(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }
}
