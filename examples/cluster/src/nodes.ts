import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** Nodes in processes of their own. */
export class Nodes {
  readonly #program: URL;
  readonly #namespace: string;
  readonly #running = new Map<string, ChildProcess>();

  constructor(program: URL, namespace: string) {
    this.#program = program;
    this.#namespace = namespace;
  }

  /** Starts a node, and resolves when it serves calls. */
  async start(id: string): Promise<void> {
    const child = fork(this.#program, [id, this.#namespace], { execArgv: [] });
    this.#running.set(id, child);
    const [said] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as unknown[];
    if (said !== 'ready') throw new Error(`node '${id}' exited at once`);
  }

  /** Ends a node: `SIGTERM` lets it finish its calls, `SIGKILL` does not. */
  async end(id: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#running.get(id);
    if (child === undefined || child.exitCode !== null) return;
    this.#running.delete(id);
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** Ends all of them. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.end(id, 'SIGTERM')));
  }

  /** Kills all of them at once. */
  abandon(): void {
    for (const child of this.#running.values()) child.kill('SIGKILL');
  }
}
