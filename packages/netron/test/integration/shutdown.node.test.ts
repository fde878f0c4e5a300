/** C3: the program of the deployment guide, from its own text, ends in time whatever hangs or throws in it. */
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { extractSnippets, writeSnippets } from '../../../../tools/snippets.js';
import { Netron, withOptions } from '../../src/index.js';
import { compile } from '../docs/programs.js';
import { freePort } from '../free-port.js';
import { type Program, start } from '../program.js';

interface Jobs {
  work(ms: number): Promise<string>;
}

const grace = 200;
/** Lets the program be as slow as a busy machine makes it: it ends when nothing is left to do, and not by its last timer. */
const patience = { 'grace + 600': 'grace + 100_000' };
const unhurried = { ...patience, 'grace = 10_000': 'grace = 100_000' };
const folder = await writeSnippets(extractSnippets('docs/guide/deployment.md'), 'exits');

/** The program with other texts in the place of some of its own, as a process. */
async function service(changes: Record<string, string>): Promise<{ readonly program: Program; readonly port: number }> {
  const port = await freePort();
  const text = folder.files.get('service.ts') as string;
  for (const from of Object.keys(changes)) expect(text, 'the program has changed').toContain(from);
  const path = await compile(folder, 'service.ts', 'standard', {
    'grace = 10_000': `grace = ${grace}`,
    ...changes,
    '8080': String(port),
  });
  return { program: start(path), port };
}

/** What a program has said, its exit code, and the milliseconds it took from the signal on. */
async function ended(program: Program, signal: NodeJS.Signals = 'SIGTERM') {
  const begin = performance.now();
  const { lines, code } = await program.end(signal);
  return { lines, code, took: performance.now() - begin };
}

/** A client whose call is under way when this resolves. */
async function calling(port: number, ms: number): Promise<AsyncDisposable> {
  const client = await Netron.create({ maxReconnectAttempts: 0, logLevel: 'silent' });
  const jobs = await (await client.connect(`ws://127.0.0.1:${port}`)).queryInterface<Jobs>('jobs');
  withOptions(jobs, { timeout: 60_000 })
    .work(ms)
    .catch(() => {});
  // It has begun when a later call of the connection is answered.
  await jobs.work(0).catch(() => {});
  return client;
}

const options = 'Netron.create({ ';
const begin = 'async function start(): Promise<Netron> {';
const onExpose = 'await netron.peer.exposeService(jobs);';
const onHandler = "async () => console.log('the database is closed')";
const hang = 'await new Promise(() => setInterval(() => {}, 1_000));';

/** A transport whose listener closes in a way of its own. */
function listenerThat(closes: string): Record<string, string> {
  return {
    "import { defineService, Netron } from '@omnitron-dev/netron';": `
      import { defineService, MemoryTransport, Netron } from '@omnitron-dev/netron';
      class Broken extends MemoryTransport {
        name = 'broken';
        async listen(at, options) {
          const server = await super.listen(at, options);
          server.close = async () => { ${closes} };
          return server;
        }
      }`,
    [options]: `${options}additionalTransports: [new Broken()], transports: { broken: true }, `,
  };
}

describe('C3: exits after the grace at the latest, with code ≠ 0 when work is left', () => {
  it.each([
    ['a method that waits', { 'await delay(ms);': 'await delay(ms, undefined, { ref: false });' }],
    ['a method that waits for nothing', { 'await delay(ms);': 'if (ms > 0) await new Promise(() => {});' }],
    [
      'a method that goes on although it is aborted',
      { 'await delay(ms);': 'if (ms > 0) for (;;) await delay(10, undefined, { ref: false });' },
    ],
  ])('%s: is cut off after the grace, and the handlers run', async (_what, changes) => {
    const { program, port } = await service({ ...patience, ...changes });
    await program.says('ready');
    await using _client = await calling(port, 60_000);
    const { lines, code, took } = await ended(program);
    expect(code).toBe(1);
    expect(took).toBeGreaterThan(grace - 50);
    expect(lines.join('\n')).toContain('1 calls and streams were cut off');
    expect(lines).toContain('the database is closed');
  });

  it.each([
    [
      'a handler that throws',
      { [onHandler]: "async () => { throw new Error('the database is gone'); }" },
      'the database is gone',
    ],
    ['a handler that hangs', { [onHandler]: `async () => { ${hang} }` }, 'SIGTERM: stopping'],
    [
      'a listener that fails to close',
      { ...patience, ...listenerThat("throw new Error('it cannot be closed');") },
      'it cannot be closed',
    ],
    [
      'a listener that never closes',
      { ...patience, ...listenerThat('await new Promise(() => {});') },
      'a listener did not close within 500 ms',
    ],
  ])('%s', async (_what, changes, said) => {
    const { program, port } = await service(changes);
    await program.says('ready');
    await using _client = await calling(port, 0);
    const { lines, code } = await ended(program);
    expect(code).toBe(1);
    expect(lines.join('\n')).toContain(said);
  });

  const thrower = "() => { throw new Error('x'); }";
  it.each([
    ['an event handler', "logLevel: 'silent'"],
    ['a logger', `logger: { debug: ${thrower}, info: ${thrower}, warn: ${thrower}, error: ${thrower} }`],
    [
      'a middleware',
      `logLevel: 'silent', middleware: { incoming: [(next) => async (call) => { await next(call); (${thrower})(); }] }`,
    ],
  ])('%s that throws does not block the exit', async (what, option) => {
    const { program, port } = await service({
      ...unhurried,
      [onExpose]: `netron.on('peer:disconnected', () => { console.log('it throws'); (${thrower})(); }); ${onExpose}`,
      [options]: `${options}${option}, `,
    });
    await program.says('ready');
    await using _client = await calling(port, 100);
    const { lines, code } = await ended(program);
    expect(lines.slice(-3), what).toEqual(['it throws', 'the database is closed', 'stopped']);
    expect(code).toBe(0);
  });

  it('a second signal ends it at once', async () => {
    const { program, port } = await service(unhurried);
    await program.says('ready');
    await using _client = await calling(port, 60_000);
    const first = ended(program);
    await program.says('stopping');
    const { code } = await ended(program, 'SIGINT');
    expect(code).toBe(1);
    await first;
  });
});

describe('C3: a signal during the start', () => {
  it('waits for the start, then stops everything', async () => {
    const { program } = await service({ ...unhurried, [onExpose]: `console.log('starting'); await delay(200); ${onExpose}` });
    await program.says('starting');
    const { lines, code } = await ended(program);
    expect(lines).toEqual(['starting', 'SIGTERM: stopping', 'ready', 'the database is closed', 'stopped']);
    expect(code).toBe(0);
  });

  it.each([
    ['hangs', `console.log('starting'); ${hang}`],
    ['fails', "console.log('starting'); await delay(100); throw new Error('no such table');"],
  ])('that %s: exits in time with code ≠ 0', async (_how, start) => {
    const { program } = await service({ [begin]: `${begin} ${start}` });
    await program.says('starting');
    const { code } = await ended(program);
    expect(code).toBe(1);
  });

  it('that fails without a free port, without a signal: exits with code ≠ 0', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const { program } = await service({ [options]: `${options}transports: { tcp: { port: ${port} } }, ` });
    const { lines, code } = await program.end(0 as never);
    expect(code).toBe(1);
    expect(lines.join('\n')).toContain('EADDRINUSE');
    taken.close();
  });
});
