import { expect, it } from 'vitest';
import { nodes } from '../../test/integration/nodes.js';
import { defineService, getCallContext, withOptions } from '../index.js';

const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'vendor=1' };

const mirror = defineService({
  name: 'mirror@1.0.0',
  methods: {
    look: () => {
      const { trace: seen, headers, idempotencyKey } = getCallContext();
      return { trace: seen, headers: { ...headers }, idempotencyKey };
    },
  },
});

it('metadata of a call is the same for a local and a remote call', async () => {
  await using pair = await nodes({ services: [mirror] });
  const options = { trace, headers: { 'X-Tenant': 'one' }, idempotencyKey: 'k' };
  const seen = { trace, headers: { 'x-tenant': 'one' }, idempotencyKey: 'k' };
  for (const peer of [pair.peer, pair.server.peer]) {
    const service = await peer.queryInterface<typeof mirror>('mirror');
    expect(await withOptions(service, options).look()).toEqual(seen);
  }
});

it('the trace of a call is passed to the local calls that it makes', async () => {
  await using pair = await nodes({ services: [mirror] });
  const near = await pair.server.peer.queryInterface<typeof mirror>('mirror');
  const relay = defineService({ name: 'relay@1.0.0', methods: { look: async () => (await near.look()).trace } });
  await pair.server.peer.exposeService(relay);
  const service = await pair.peer.queryInterface<typeof relay>('relay');
  expect(await withOptions(service, { trace }).look()).toEqual(trace);
});

it('a nested local call has a context of its own, also after an await', async () => {
  const inner = defineService({
    name: 'inner@1.0.0',
    methods: {
      now: () => getCallContext().service,
      later: async () => {
        await Promise.resolve();
        return getCallContext().service;
      },
    },
  });
  await using pair = await nodes({ services: [inner] });
  const near = await pair.server.peer.queryInterface<typeof inner>('inner');
  const outer = defineService({
    name: 'outer@1.0.0',
    methods: {
      now: async () => [await near.now(), getCallContext().service],
      later: async () => [await near.later(), getCallContext().service],
    },
  });
  await pair.server.peer.exposeService(outer);
  for (const peer of [pair.peer, pair.server.peer]) {
    for (const options of [{}, { headers: { a: 'b' } }, { timeout: 1_000 }, { signal: new AbortController().signal }]) {
      const service = withOptions(await peer.queryInterface<typeof outer>('outer'), options);
      expect(await service.now()).toEqual(['inner', 'outer']);
      expect(await service.later()).toEqual(['inner', 'outer']);
    }
  }
});

it.each(['auto', true, false] as const)(
  'contexts follow local calls as remote ones, with callContext %s',
  async (callContext) => {
    const service = () =>
      defineService({
        name: 'late@1.0.0',
        methods: {
          ask: async () => {
            await Promise.resolve();
            return safe(() => getCallContext().service);
          },
          askTwice: async () => {
            const first = safe(() => getCallContext().service);
            await Promise.resolve();
            return [first, safe(() => getCallContext().service)];
          },
        },
      });
    await using pair = await nodes({ services: [service()], server: { callContext } });
    for (const peer of [pair.peer, pair.server.peer]) {
      const late = await peer.queryInterface<ReturnType<typeof service>>('late');
      expect(await late.ask()).toBe(callContext === true ? 'late' : undefined);
      const { signal } = new AbortController();
      for (const options of [{ trace }, { headers: {} }, { idempotencyKey: 'k' }, { timeout: 1_000 }, { signal }]) {
        expect(await withOptions(late, options).ask()).toBe(callContext === false ? undefined : 'late');
      }
      expect(await late.askTwice()).toEqual(callContext === false ? [undefined, undefined] : ['late', 'late']);
      expect(() => getCallContext()).toThrow('outside of a call');
    }
  },
);

it.each(['auto', true] as const)('a nested call has the user of the outer call, with callContext %s', async (callContext) => {
  const inner = defineService({ name: 'inner@1.0.0', methods: { user: () => getCallContext().user as unknown } });
  await using pair = await nodes({
    services: [inner],
    server: { callContext, authenticate: () => 'ann' },
  });
  const near = await pair.server.peer.queryInterface<typeof inner>('inner');
  const outer = defineService({
    name: 'outer@1.0.0',
    methods: {
      atOnce: async () => near.user(),
      later: async () => {
        await Promise.resolve();
        return near.user();
      },
      asked: async () => {
        getCallContext();
        await Promise.resolve();
        return near.user();
      },
    },
  });
  await pair.server.peer.exposeService(outer);
  const service = await pair.peer.queryInterface<typeof outer>('outer');
  expect(await service.atOnce()).toBe('ann');
  expect(await service.later()).toBe(callContext === true ? 'ann' : undefined);
  expect(await service.asked()).toBe('ann');
  const { signal } = new AbortController();
  expect(await withOptions(service, { signal }).later()).toBe('ann');
});

/** Returns the result of `ask`, or `undefined` when it throws. */
function safe<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

it('a generator runs in the context of its call, locally and remotely', async () => {
  const service = defineService({
    name: 'stepping@1.0.0',
    methods: {
      async *names() {
        yield getCallContext().method;
        await Promise.resolve();
        yield getCallContext().method;
      },
      *sync() {
        yield getCallContext().method;
      },
    },
  });
  await using pair = await nodes({ services: [service] });
  for (const peer of [pair.peer, pair.server.peer]) {
    const proxy = await peer.queryInterface<typeof service>('stepping');
    const names: string[] = [];
    for await (const name of proxy.names()) names.push(name);
    for await (const name of proxy.sync()) names.push(name);
    expect(names).toEqual(['names', 'names', 'sync']);
  }
});
