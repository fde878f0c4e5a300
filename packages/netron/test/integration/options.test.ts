/** Options are checked before anything happens: what is wrong is a TypeError that says what was expected and what came. */
import { describe, expect, it } from 'vitest';
import {
  type CallOptions,
  defineService,
  getCallContext,
  type Handler,
  MemoryTransport,
  Netron,
  withOptions,
} from '../../src/index.js';
import { failure, nodes, quiet } from './nodes.js';

function reader() {
  const state = { calls: 0 };
  const service = defineService({
    name: 'reader@1.0.0',
    methods: {
      header: (name: string) => {
        state.calls += 1;
        return getCallContext().headers[name];
      },
    },
  });
  return { state, service };
}

describe('headers of a call', () => {
  it.each([
    ['a record', { 'X-Tenant': 'acme' }],
    ['a record without prototype', Object.assign(Object.create(null), { 'X-Tenant': 'acme' }) as Record<string, string>],
    ['a Map', new Map([['X-Tenant', 'acme']])],
    ['Headers', new Headers({ 'X-Tenant': 'acme' })],
  ])('are accepted as %s, by proxies, peer.call and dispatch', async (_form, headers) => {
    const { service } = reader();
    await using pair = await nodes({ services: [service] });
    for (const peer of [pair.peer, pair.server.peer]) {
      const remote = withOptions(await peer.queryInterface<typeof service>('reader'), { headers });
      expect(await remote.header('x-tenant')).toBe('acme');
    }
    expect(await pair.peer.call('reader', 'header', ['x-tenant'], { headers })).toBe('acme');
    const caller = { id: 'edge', identity: undefined };
    const asked = { service: 'reader', method: 'header', args: ['x-tenant'], caller, headers };
    expect(await pair.server.dispatch(asked)).toBe('acme');
  });

  it('are the same in upper and lower case, for outgoing middleware, too', async () => {
    const { service } = reader();
    const seen: unknown[] = [];
    const note =
      (next: Handler): Handler =>
      (call) => {
        seen.push(call.headers['x-tenant']);
        call.headers['X-Tenant'] = 'other';
        return next(call);
      };
    await using pair = await nodes({ services: [service], client: { middleware: { outgoing: [note] } } });
    const remote = await pair.peer.queryInterface<typeof service>('reader');
    expect(await withOptions(remote, { headers: { 'X-Tenant': 'acme' } }).header('x-tenant')).toBe('other');
    expect(seen).toContain('acme');
  });

  it('reach outgoing middleware as a record', async () => {
    const { service } = reader();
    const seen: unknown[] = [];
    const note =
      (next: Handler): Handler =>
      (call) => {
        seen.push({ ...call.headers });
        return next(call);
      };
    await using pair = await nodes({ services: [service], client: { middleware: { outgoing: [note] } } });
    const remote = await pair.peer.queryInterface<typeof service>('reader');
    await withOptions(remote, { headers: new Map([['a', 'b']]) }).header('a');
    expect(seen).toContainEqual({ a: 'b' });
  });
});

describe('invalid options of a node', () => {
  it.each<[string, unknown, string]>([
    ['null', null, 'options must be an object, not null'],
    ['a text', 'fast', 'options must be an object, not a string'],
    ['a misspelt option', { lstenport: 1 }, "unknown option 'lstenport'; did you mean 'listenPort'?"],
    ['an option of something else', { replicas: 3 }, "unknown option 'replicas'"],
    ['a name of every object', { toString: 1 }, "unknown option 'toString'"],
    ['a text for the port', { listenPort: '8080' }, 'listenPort must be an integer between 0 and 65535, not a string'],
    ['a text for the port in short', { port: '8080' }, 'port must be an integer between 0 and 65535, not a string'],
    ['a text for the port of HTTP', { http: { port: '80' } }, 'http.port must be an integer between 0 and 65535, not a string'],
    [
      'a text for the port of a transport',
      { transports: { websocket: { port: '80' } } },
      'transports.websocket.port must be an integer between 0 and 65535, not a string',
    ],
    ['a list of middleware', { middleware: [] }, 'middleware must be { incoming, outgoing }, not an array'],
  ])('%s', (_what, options, message) => {
    expect(() => Netron.prepare(options as object)).toThrow(new TypeError(message));
  });
});

describe('invalid callers of dispatch', () => {
  it.each<[string, unknown, string]>([
    ['none', undefined, 'caller must be an object, not undefined'],
    ['a text', 'edge', 'caller must be an object, not a string'],
    ['no id', { identity: { id: 'ada' } }, 'caller.id must be a string, not undefined'],
  ])('%s', async (_what, caller, message) => {
    const { state, service } = reader();
    await using pair = await nodes({ services: [service] });
    const request = { service: 'reader', method: 'header', args: ['a'], caller } as Parameters<Netron['dispatch']>[0];
    expect(await failure(pair.server.dispatch(request))).toEqual(new TypeError(message));
    expect(state.calls).toBe(0);
  });

  it('a request with an option that no call has is refused', async () => {
    const { state, service } = reader();
    await using pair = await nodes({ services: [service] });
    const request = { service: 'reader', method: 'header', args: ['a'], caller: { id: 'edge', identity: undefined }, timeuot: 5 };
    const error = await failure(pair.server.dispatch(request));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^call: unknown option 'timeuot'; known: timeout, .*, service, method, args, caller$/);
    expect(state.calls).toBe(0);
  });
});

describe('invalid options of a call', () => {
  it.each<[string, unknown, string]>([
    [
      'a controller for its signal',
      { signal: new AbortController() },
      'signal must be an AbortSignal, not an object of class AbortController (pass its property signal)',
    ],
    ['null for a signal', { signal: null }, 'signal must be an AbortSignal, not null'],
    ['a string for a signal', { signal: 'now' }, 'signal must be an AbortSignal, not a string'],
    ['a string for headers', { headers: 'a: b' }, 'headers must be an object, a Map or Headers, not a string'],
    ['an array for headers', { headers: ['a', 'b'] }, 'headers must be an object, a Map or Headers, not an array'],
    ['a date for headers', { headers: new Date(0) }, 'headers must be an object, a Map or Headers, not an object of class Date'],
    ['a number for a header', { headers: { retries: 3 } }, "header 'retries' must be a string, not a number"],
    [
      'a misspelt option',
      { timeot: 500 },
      "call: unknown option 'timeot'; known: timeout, signal, headers, trace, idempotencyKey, steps, resumeFrom, attempt, within",
    ],
    [
      'a name of every object',
      { toString: 1 },
      "call: unknown option 'toString'; known: timeout, signal, headers, trace, idempotencyKey, steps, resumeFrom, attempt, within",
    ],
    ['a string for a timeout', { timeout: '5s' }, 'timeout must be a non-negative number of milliseconds, not a string'],
    ['a negative timeout', { timeout: -1 }, 'timeout must be a non-negative number of milliseconds, not -1'],
    ['a number instead of options', 5, 'options must be an object, not a number'],
  ])('%s', async (_what, options, message) => {
    const { state, service } = reader();
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<typeof service>('reader');
    expect(() => withOptions(remote, options as CallOptions)).toThrow(new TypeError(message));
    const error = await failure(pair.peer.call('reader', 'header', ['a'], options as CallOptions));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(message);
    expect([state.calls, pair.peer.isBusy(), pair.peer.link?.calls.size]).toEqual([0, false, 0]);
  });
});

describe('invalid options of a node', () => {
  it.each<[string, unknown, string]>([
    [
      'addresses for transports',
      ['ws://127.0.0.1:0'],
      'transports must be an object such as { tcp: { port: 4000 } }, not an array',
    ],
    [
      'an address for transports',
      'tcp://127.0.0.1:0',
      'transports must be an object such as { tcp: { port: 4000 } }, not a string',
    ],
    [
      'a Map for transports',
      new Map(),
      'transports must be an object such as { tcp: { port: 4000 } }, not an object of class Map',
    ],
    [
      'a port for a transport',
      { tcp: 4_000 },
      'transports.tcp must be an object such as { port: 4000 }, an array of these, or true, not a number',
    ],
    [
      'ports for a transport',
      { tcp: [4_000] },
      'transports.tcp must be an object such as { port: 4000 }, an array of these, or true, not a number',
    ],
  ])('%s', async (_what, transports, message) => {
    expect(await failure(Netron.create({ logger: quiet, transports: transports as never }))).toEqual(new TypeError(message));
  });

  it.each<[object, string]>([
    [{ limits: { cals: 5 } }, "limits: unknown option 'cals'; known: message, elements, depth, calls, streams"],
    [{ session: { windw: 5 } }, "session: unknown option 'windw'; known: window, buffer"],
    [{ listenPort: 0, http: { maxBdy: 5 } }, "http: unknown option 'maxBdy'; did you mean 'maxBody'?"],
    [{ listenPort: 0, http: { cors: { orgins: [] } } }, "http.cors: unknown option 'orgins'; did you mean 'origins'?"],
  ])('a misspelt option within another is refused: %j', async (given, message) => {
    await expect(Netron.create({ logger: quiet, ...given } as never)).rejects.toThrow(message);
  });

  it('a randomBytes that returns another number of bytes is refused at once', async () => {
    for (const [given, came] of [
      [() => new Uint8Array(4), '4'],
      [async () => Promise.reject(new Error('unheard')), 'a promise'],
      [() => 'x', 'a string'],
    ] as const)
      await expect(Netron.create({ logger: quiet, randomBytes: given as never })).rejects.toThrow(
        new TypeError(`randomBytes must return 16 bytes, not ${came}`),
      );
  });

  it('types other than a ValueTypes are refused at once', async () => {
    const error = await failure(Netron.create({ logger: quiet, types: [{ name: 'money' }] as never }));
    expect([error.name, error.message]).toEqual(['TypeError', 'types must be an instance of ValueTypes, not an array']);
  });

  it('an unknown transport is refused before another one listens', async () => {
    const memory = new MemoryTransport();
    const transports = { memory: { name: 'first' }, carrier: { pigeon: true } };
    const error = await failure(Netron.create({ logger: quiet, transports, additionalTransports: [memory] }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^unknown transport 'carrier'; known: /);
    await expect(memory.connect('memory:first')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('an invalid signal of connect and of an emission', async () => {
    const memory = new MemoryTransport();
    await using node = await Netron.create({ logger: quiet, stopTimeout: 0, additionalTransports: [memory] });
    const signal = new AbortController() as never;
    const expected = expect.objectContaining({ name: 'TypeError', message: expect.stringContaining('must be an AbortSignal') });
    expect(await failure(node.connect('memory:a', { signal }))).toEqual(expected);
    expect(await failure(memory.connect('memory:a', { signal }))).toEqual(expected);
    node.subscribe('a', () => 1);
    expect(await failure(node.emitParallel('a', 1, { signal }))).toEqual(expected);
  });
});
