/** Programs whose node has stopped must end by themselves, and wait for no timer. */
import { rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { start } from './program.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A node in a process of its own. */
export interface EndingProgram {
  /** An expression: options of the node, with the exports of the package as `tested`. */
  readonly options: string;
  /** Whether the node is refused; otherwise it is made and stopped. */
  readonly refused: boolean;
}

/**
 * Bundles a program for the tests of a file; returns what runs it and waits for its end, which fails when it has had to wait for a timer
 * of 500 ms or more.
 *
 * @param entry path of the package that is imported as `tested`, from the root of the repository
 */
export function endingPrograms(entry: string): (program: EndingProgram) => Promise<void> {
  const outfile = `${root}.cache/ending-${process.pid}.mjs`;
  const contents = `
    import { Netron } from './packages/netron/src/index.ts';
    import * as tested from './${entry}';
    let over = false;
    const later = globalThis.setTimeout;
    globalThis.setTimeout = (action, ms, ...args) => later(() => {
      if (over && ms >= 500) console.log('waited for a timer of', ms);
      action(...args);
    }, ms);
    const options = new Function('tested', 'return ' + process.argv[2])(tested);
    const made = Netron.create({ listenPort: 0, logLevel: 'silent', connectTimeout: 100, ...options });
    await made.then((node) => node.stop().then(() => console.log('stopped')), () => console.log('refused'));
    over = true;`;
  const stdin = { contents, resolveDir: root, loader: 'js' as const };
  const external = ['pino', 'ws', 'ioredis', '@nats-io/*'];
  beforeAll(async () => {
    await build({
      ...{ stdin, outfile, external, bundle: true, format: 'esm', platform: 'node', target: 'es2022' },
      ...{ conditions: ['@omnitron-dev/source'], logLevel: 'silent' },
    });
  });
  afterAll(() => rmSync(outfile, { force: true }));
  return async ({ options, refused }) => {
    const program = start(outfile, [options]);
    onTestFinished(() => void program.child.kill('SIGKILL'));
    expect(await program.ended).toBe(0);
    expect(program.lines).toEqual([refused ? 'refused' : 'stopped']);
  };
}

/** Accepts connections and says nothing until the test has finished; returns its address. */
export async function silentServer(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
