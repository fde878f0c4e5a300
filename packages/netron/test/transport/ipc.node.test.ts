import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { IpcTransport } from '../../src/transport/node/ipc.js';
import type { Connection } from '../../src/transport/transport.js';
import { Probe, pattern, sameBytes } from '../contract/probe.js';
import { freshPath } from '../contract/temporary.js';
import { VirtualClock } from '../integration/virtual-clock.js';

const program = join(import.meta.dirname, 'programs/echo.mjs');
const source = join(import.meta.dirname, '../../src/transport/node/ipc.ts');
const transport = new IpcTransport();
const children: ChildProcess[] = [];
const workers: Worker[] = [];
const compiled = `${freshPath()}.mjs`;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  // A child reads JavaScript: the transport, as one module.
  await build({
    entryPoints: [source],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'es2022',
    conditions: ['@omnitron-dev/source'],
    outfile: compiled,
    logLevel: 'error',
  });
  env = { ...process.env, TRANSPORT_MODULE: pathToFileURL(compiled).href };
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const worker of workers.splice(0)) await worker.terminate();
});

afterAll(() => rmSync(compiled, { force: true }));

const start = (connection: Connection) => {
  const probe = new Probe();
  connection.start(probe);
  return probe;
};

function child(serialization?: 'advanced'): ChildProcess {
  const made = fork(program, { env, execArgv: [], ...(serialization ? { serialization } : {}) });
  children.push(made);
  return made;
}

describe.each([[undefined], ['advanced' as const]])('IPC with a child, serialization %s', (serialization) => {
  it('transfers bytes unchanged and leaves other messages to the application', async () => {
    const target = child(serialization);
    const connection = await transport.connect(target);
    const probe = start(connection);
    const replies: unknown[] = [];
    target.on('message', (message) => replies.push(message));
    target.send('ping');
    const sent = [1, 3, 255, 3000, 200_000].map((length, i) => pattern(length, i));
    for (const message of sent) connection.send(message);
    const got = await probe.take(sent.length);
    expect(got.map((message, i) => sameBytes(message, Uint8Array.from(sent[i] as Uint8Array).reverse()))).toEqual(
      sent.map(() => true),
    );
    while (!replies.includes('pong')) await once(target, 'message');
    connection.close();
    expect(await probe.end()).toBeUndefined();
    expect(target.connected).toBe(true);
  });

  it('ends with an error when the child is killed', async () => {
    const target = child(serialization);
    const connection = await transport.connect(target);
    const probe = start(connection);
    target.kill('SIGKILL');
    expect(await probe.end()).toMatchObject({ code: 'unavailable' });
    await expect(transport.connect(target)).rejects.toMatchObject({ code: 'unavailable' });
    expect(target.listenerCount('message')).toBe(0);
  });
});

describe('IPC with a worker thread', () => {
  it('transfers bytes and leaves other messages to the application', async () => {
    const worker = new Worker(program, { env });
    workers.push(worker);
    const connection = await transport.connect(worker);
    const probe = start(connection);
    const message = pattern(100_000);
    connection.send(message);
    expect(sameBytes((await probe.take(1))[0], Uint8Array.from(message).reverse())).toBe(true);
    expect(message.length).toBe(100_000);
    worker.postMessage('ping');
    const [reply] = await once(worker, 'message');
    expect(reply).toBe('pong');
  });

  it('ends with an error when the worker exits', async () => {
    const worker = new Worker(program, { env });
    workers.push(worker);
    const probe = start(await transport.connect(worker));
    await worker.terminate();
    expect(await probe.end()).toMatchObject({ code: 'unavailable' });
  });
});

describe('IPC without a channel', () => {
  it('refuses to listen in this process', async () => {
    const send = Object.getOwnPropertyDescriptor(process, 'send');
    Object.defineProperty(process, 'send', { value: undefined, configurable: true, writable: true });
    try {
      const listening = new IpcTransport().listen(undefined, { on: process });
      await expect(listening).rejects.toMatchObject({ code: 'failed_precondition' });
    } finally {
      if (send) Object.defineProperty(process, 'send', send);
      else Reflect.deleteProperty(process, 'send');
    }
  });
});

describe('connecting fails when the other end is closed', () => {
  // No time passes: the error comes at once.
  const options = { clock: new VirtualClock() };

  it('by a child that exits while connecting', async () => {
    const waiting = transport.connect(childThat('setTimeout(() => process.exit(3), 20)'), options);
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('has exited') });
  });

  it('because a child could not be started, or has already exited', async () => {
    const missing = fork(program, { env, execPath: '/nonexistent/node' });
    await expect(transport.connect(missing, options)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/could not be started: .*ENOENT/),
    });
    const gone = childThat('');
    await once(gone, 'exit');
    await expect(transport.connect(gone, options)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('by a worker that exits while connecting, or has already exited', async () => {
    const worker = new Worker('setTimeout(() => process.exit(4), 20)', { eval: true });
    await expect(transport.connect(worker, options)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the worker has exited with code 4 before it accepted a connection',
    });
    await expect(transport.connect(worker, options)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the worker has exited before it accepted a connection',
    });
  });

  it('by a message port that is closed', async () => {
    const { port1, port2 } = new MessageChannel();
    const waiting = transport.connect(port1, options);
    port2.close();
    await expect(waiting).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the worker has closed its port before it accepted a connection',
    });
  });
});

function childThat(does: string): ChildProcess {
  const made = fork('-e', [does], { execArgv: [] });
  children.push(made);
  return made;
}
