import { describe, expect, it } from 'vitest';
import {
  defineService,
  getCallContext,
  type NetronOptions,
  Public,
  RemotePeer,
  Service,
  setProperty,
  withOptions,
} from '../../src/index.js';
import { failure, gate, nodes, settled, transports, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

const calculator = () =>
  defineService({
    name: 'calculator@1.0.0',
    methods: {
      add: (a: number, b: number) => a + b,
      later: async (value: unknown) => value,
      count: (...args: unknown[]) => args.length,
    },
  });
type Calculator = ReturnType<typeof calculator>;

describe.each(transports)('calls over %s', (transport) => {
  it('NC-25: both ends expose services and call over one connection', async () => {
    const own = defineService({ name: 'browser@1.0.0', methods: { double: (value: number) => value * 2 } });
    await using pair = await nodes({ transport, services: [calculator()] });
    await pair.client.peer.exposeService(own);
    const near = await pair.peer.queryInterface<Calculator>('calculator');
    const far = await pair.back.queryInterface<typeof own>('browser');
    expect(await near.add(2, 3)).toBe(5);
    expect(await far.double(21)).toBe(42);
    expect(pair.server.peers.size).toBe(1);
    expect(pair.client.peers.size).toBe(1);
  });

  it('ruling 34: 5,000 calls at once against a limit of 1,000 are queued, none fails', async () => {
    let running = 0;
    let most = 0;
    const slow = defineService({
      name: 'slow@1.0.0',
      methods: {
        async echo(value: number) {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
          return value;
        },
      },
    });
    await using pair = await nodes({ transport, services: [slow] });
    const service = await pair.peer.queryInterface<typeof slow>('slow');
    const values = Array.from({ length: 5_000 }, (_, value) => value);
    expect(await Promise.all(values.map((value) => service.echo(value)))).toEqual(values);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(1_000);
    expect(pair.peer.isBusy()).toBe(false);
  });

  it('F4: calls start in the order they were made', async () => {
    const started: number[] = [];
    const ordered = defineService({ name: 'ordered@1.0.0', methods: { run: (value: number) => void started.push(value) } });
    await using pair = await nodes({ transport, services: [ordered] });
    const service = await pair.peer.queryInterface<typeof ordered>('ordered');
    await Promise.all(Array.from({ length: 3_000 }, (_, value) => service.run(value)));
    expect(started).toEqual(Array.from({ length: 3_000 }, (_, value) => value));
  });

  it('the number of arguments is kept', async () => {
    await using pair = await nodes({ transport, services: [calculator()] });
    const service = await pair.peer.queryInterface<Calculator>('calculator');
    expect(await service.count()).toBe(0);
    expect(await service.count(undefined)).toBe(1);
    expect(await service.count(1, undefined, null)).toBe(3);
  });

  it('4: an oversized message fails at once in both directions, and the connection stays open', async () => {
    const large = defineService({
      name: 'large@1.0.0',
      methods: { take: (bytes: Uint8Array) => bytes.length, give: (length: number) => new Uint8Array(length) },
    });
    // Its clock stands still: what fails here waits for nothing.
    const limits = { message: 1024 * 1024 };
    await using pair = await nodes({
      transport,
      services: [large],
      server: { limits },
      client: { clock: new VirtualClock(), limits },
    });
    const service = await pair.peer.queryInterface<typeof large>('large');
    expect(await failure(service.take(new Uint8Array(2 * 1024 * 1024)))).toMatchObject({ code: 'resource_exhausted' });
    expect(await failure(service.give(2 * 1024 * 1024))).toMatchObject({ code: 'resource_exhausted' });
    expect(await service.take(new Uint8Array(1024 * 1024 - 100))).toBe(1024 * 1024 - 100);
    expect((await service.give(1024 * 1024 - 100)).length).toBe(1024 * 1024 - 100);
    expect(pair.peer.state).toBe('ready');
  });
});

describe('call options', () => {
  const reporter = () =>
    defineService({
      name: 'reporter@1.0.0',
      methods: {
        headers: () => ({ ...getCallContext().headers }),
        key: () => getCallContext().idempotencyKey,
        trace: () => getCallContext().trace,
        remaining: () => getCallContext().deadline !== undefined,
      },
    });

  it('headers, trace and idempotency key arrive; names are lower case', async () => {
    await using pair = await nodes({ services: [reporter()] });
    const plain = await pair.peer.queryInterface<ReturnType<typeof reporter>>('reporter');
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const service = withOptions(plain, {
      headers: { 'X-Tenant': 'blue', __proto__: 'no' } as Record<string, string>,
      trace: { traceparent, tracestate: 'v=1' },
      idempotencyKey: 'k1',
    });
    expect(await service.headers()).toEqual({ 'x-tenant': 'blue' });
    expect(await service.key()).toBe('k1');
    expect(await service.trace()).toEqual({ traceparent, tracestate: 'v=1' });
    expect(await plain.headers()).toEqual({});
    expect(await plain.key()).toBeUndefined();
  });

  it('are kept when options are added', async () => {
    await using pair = await nodes({ services: [reporter()] });
    const plain = await pair.peer.queryInterface<ReturnType<typeof reporter>>('reporter');
    const first = withOptions(plain, { headers: { a: '1' } });
    const second = withOptions(first, { timeout: 1_000 });
    expect(await second.headers()).toEqual({ a: '1' });
    expect(await second.remaining()).toBe(true);
    expect(await first.remaining()).toBe(false);
    expect(() => withOptions({}, {})).toThrow(TypeError);
  });
});

describe('getCallContext', () => {
  it('SV-30: is available in synchronous code, after await, in timers and in generators, and only there', async () => {
    const context = () => `${getCallContext().service}.${getCallContext().method} ${getCallContext().peer.id}`;
    const service = defineService({
      name: 'context@1.0.0',
      methods: {
        now: () => context(),
        async later() {
          await new Promise((resolve) => setTimeout(resolve, 1));
          return context();
        },
        async *items() {
          yield context();
          await new Promise((resolve) => setImmediate(resolve));
          yield context();
        },
      },
    });
    await using pair = await nodes({ services: [service], server: { callContext: true } });
    const remote = await pair.peer.queryInterface<typeof service>('context');
    expect(await remote.now()).toBe('context.now client');
    const many = await Promise.all(Array.from({ length: 50 }, () => remote.later()));
    expect(new Set(many)).toEqual(new Set(['context.later client']));
    const items: string[] = [];
    for await (const item of remote.items()) items.push(item);
    expect(items).toEqual(['context.items client', 'context.items client']);
    expect(() => getCallContext()).toThrow('outside of a call');
  });

  it('follows a method through await after it was used before the first await, and for calls with metadata', async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
    const service = defineService({
      name: 'context@1.0.0',
      methods: {
        async asks() {
          getCallContext();
          await pause();
          return getCallContext().method;
        },
        async askedLate() {
          await pause();
          return getCallContext().method;
        },
      },
    });
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<typeof service>('context');
    expect(await Promise.all([remote.asks(), remote.asks()])).toEqual(['asks', 'asks']);
    expect(await failure(remote.askedLate())).toMatchObject({ code: 'failed_precondition' });
    expect(await withOptions(remote, { headers: { a: 'b' } }).askedLate()).toBe('askedLate');
    expect(await withOptions(remote, { timeout: 5_000 }).askedLate()).toBe('askedLate');
    expect(await withOptions(remote, { signal: new AbortController().signal }).askedLate()).toBe('askedLate');
    expect(() => getCallContext()).toThrow('outside of a call');
  });

  it('is not available with callContext: false', async () => {
    const service = defineService({ name: 'context@1.0.0', methods: { peer: () => getCallContext().peer.id } });
    await using pair = await nodes({ services: [service], server: { callContext: false } });
    const remote = await pair.peer.queryInterface<typeof service>('context');
    expect(await failure(remote.peer())).toMatchObject({ code: 'failed_precondition' });
  });

  it('a generator argument does not run in the context of an earlier call', async () => {
    const service = defineService({
      name: 'sink@1.0.0',
      methods: {
        async drain(items: AsyncIterable<unknown>) {
          const got: unknown[] = [];
          for await (const item of items) got.push(item);
          return got;
        },
        whoami: () => getCallContext().peer.id,
      },
    });
    await using pair = await nodes({ services: [service] });
    await pair.client.peer.exposeService(defineService({ name: 'own@1.0.0', methods: { ask: () => 1 } }));
    await (await pair.back.queryInterface<{ ask(): Promise<number> }>('own')).ask();
    const remote = await pair.peer.queryInterface<typeof service>('sink');
    async function* items() {
      try {
        yield getCallContext().method;
      } catch {
        yield 'no call';
      }
    }
    expect(await remote.drain(items())).toEqual(['no call']);
  });
});

describe('SV-29: services know the connection of a call', () => {
  @Service('devices@1.0.0')
  class Devices {
    declare getConnection: () => unknown;
    @Public() where(): string {
      return (this.getConnection() as RemotePeer).id;
    }
    @Public() is(): boolean {
      return this.getConnection() instanceof RemotePeer;
    }
  }

  it('only within a call', async () => {
    const devices = new Devices();
    await using pair = await nodes({ services: [devices] });
    const remote = await pair.peer.queryInterface<Devices>('devices');
    expect(await remote.where()).toBe('client');
    expect(await remote.is()).toBe(true);
    expect(() => devices.where()).toThrow('must be called in a call that arrived');
  });
});

describe('NC-12: netron.call', () => {
  it('calls own services and those of peers, and names a missing one', async () => {
    await using pair = await nodes({ services: [calculator()] });
    expect(await pair.client.call('calculator', 'add', [1, 2])).toBe(3);
    expect(await pair.client.call('calculator@^1.0.0', 'add', [1, 2])).toBe(3);
    expect(await pair.server.call('calculator', 'add', [3, 4])).toBe(7);
    expect(await failure(pair.client.call('calculator', 'nothing'))).toMatchObject({ code: 'not_found' });
    expect(await failure(pair.client.call('nobody', 'add'))).toMatchObject({ code: 'not_found' });
    expect(await pair.peer.call('calculator', 'add', [5, 6])).toBe(11);
    expect(await failure(pair.client.call('calculator@^', 'add'))).toMatchObject({ code: 'invalid_argument' });
  });

  it('takes a list of arguments or a single argument, and options', async () => {
    const echo = defineService({
      name: 'echo@1.0.0',
      methods: {
        all: (...args: unknown[]) => args,
        header: () => getCallContext().headers.lang,
        never: () => new Promise(() => {}),
      },
    });
    await using pair = await nodes({ services: [echo] });
    for (const node of [pair.client, pair.server]) {
      expect(await node.call('echo', 'all')).toEqual([]);
      expect(await node.call('echo', 'all', [1, [2]])).toEqual([1, [2]]);
      expect(await node.call('echo', 'all', { id: 5 })).toEqual([{ id: 5 }]);
      expect(await node.call('echo', 'all', 'text')).toEqual(['text']);
      expect(await node.call('echo', 'header', [], { headers: { lang: 'de' } })).toBe('de');
      expect(await failure(node.call('echo', 'never', [], { timeout: 0 }))).toMatchObject({ code: 'deadline_exceeded' });
      expect(await failure(node.call('echo', 'all', [], { timeout: -1 }))).toBeInstanceOf(TypeError);
    }
  });

  it('chooses the best version, own services before announced ones', async () => {
    const greeter = (version: string) => defineService({ name: `greeter@${version}`, methods: { greet: () => version } });
    await using pair = await nodes({ services: [greeter('1.0.0'), greeter('2.0.0-beta.1')] });
    expect(await pair.client.call('greeter', 'greet')).toBe('1.0.0');
    expect(await pair.client.call('greeter@^2.0.0-beta', 'greet')).toBe('2.0.0-beta.1');
    await pair.client.peer.exposeService(greeter('0.5.0'));
    expect(await pair.client.call('greeter', 'greet')).toBe('0.5.0');
    expect(await pair.client.call('greeter@^1', 'greet')).toBe('1.0.0');
  });
});

describe('properties', () => {
  @Service('settings@1.0.0')
  class Settings {
    @Public({ readonly: true }) version = '1.0.0';
    @Public() plain = 'p';
    @Public({ readonly: false }) volume = 5;
    secret = 'hidden';
    failing = false;
  }
  const options: NetronOptions = {};

  it('14, 47: are read by awaiting and written when writable; a failed write is reported, never unhandled', async () => {
    const settings = new Settings();
    await using pair = await nodes({ services: [settings], client: options });
    const remote = await pair.peer.queryInterface<Settings>('settings');
    expect(await remote.version).toBe('1.0.0');
    expect(await remote.volume).toBe(5);
    await setProperty(remote, 'volume', 7);
    expect(settings.volume).toBe(7);
    (remote as unknown as Settings).volume = 9;
    await until(() => settings.volume === 9);
    expect(await failure(setProperty(remote, 'version', '2'))).toMatchObject({ code: 'permission_denied' });
    expect(await failure(setProperty(remote, 'plain', 'q'))).toMatchObject({ code: 'permission_denied' });
    const heard = gate<Error>();
    pair.peer.on('error', heard.open);
    (remote as unknown as Settings).version = 'x';
    expect(await heard.opened).toMatchObject({ code: 'permission_denied' });
    expect(settings.version).toBe('1.0.0');
    expect(await failure(async () => (remote as unknown as Record<string, () => unknown>).secret?.())).toMatchObject({
      code: 'not_found',
    });
    await settled();
  });
});
