import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { defineService, MemoryTransport, Netron, withOptions } from '../../src/index.js';
import { failure, gate, nodes, quiet, settled, transports, until } from './nodes.js';

/** Streams whose items hold streams and functions. */
function nested() {
  const state = { ended: 0 };
  async function* inner(): AsyncGenerator<number> {
    try {
      for (let number = 0; ; number += 1) yield number;
    } finally {
      state.ended += 1;
    }
  }
  const service = defineService({
    name: 'nested@1.0.0',
    methods: {
      async *streams(count: number) {
        for (let index = 0; index < count; index += 1) yield { index, inner: inner() };
      },
      async *functions(count: number) {
        for (let index = 0; index < count; index += 1) yield () => index;
      },
      plain: () => inner(),
    },
  });
  return { state, service };
}
type Nested = ReturnType<typeof nested>['service'];

describe.each(transports)('leftovers of a stream over %s', (transport) => {
  it('streams in unread items are stopped when their stream is left, at both ends', async () => {
    const { service } = nested();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Nested>('nested');
    for (let round = 0; round < 4; round += 1) {
      for await (const item of remote.streams(60)) {
        await settled();
        const own = (item as { inner: AsyncGenerator<number> }).inner;
        expect(await own.next()).toEqual({ done: false, value: 0 });
        await own.return(undefined);
        break;
      }
      await until(() => pair.peer.link?.incomingStreams.size === 0 && pair.back.link?.outgoingStreams.size === 0);
    }
    for await (const number of remote.plain()) {
      expect(number).toBe(0);
      break;
    }
  });

  it('functions in unread items are released, those in read items are kept', async () => {
    const { service } = nested();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Nested>('nested');
    const held = pair.back.link?.exports.size as number;
    let first: ((() => Promise<number>) & Disposable) | undefined;
    for await (const item of remote.functions(50)) {
      await settled();
      first = item as never;
      break;
    }
    await until(() => pair.back.link?.exports.size === held + 1);
    expect(await first?.()).toBe(0);
    first?.[Symbol.dispose]();
    await until(() => pair.back.link?.exports.size === held);
  });
});

/** A service that answers when it is told to. */
function patient() {
  const state = { started: 0, wait: gate<string>() };
  const service = defineService({
    name: 'patient@1.0.0',
    methods: {
      answer() {
        state.started += 1;
        return state.wait.opened;
      },
    },
  });
  return { state, service };
}
type Patient = ReturnType<typeof patient>['service'];

describe('one signal for many calls', () => {
  const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

  it('sent and waiting calls share one listener, which is removed with the last of them', async () => {
    const { state, service } = patient();
    await using pair = await nodes({ services: [service], server: { limits: { calls: 20 } } });
    const { signal } = new AbortController();
    const remote = withOptions(await pair.peer.queryInterface<Patient>('patient'), { signal });
    const answers = Array.from({ length: 40 }, () => remote.answer());
    await until(() => state.started === 20);
    expect(listeners(signal)).toBe(1);
    state.wait.open('now');
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['now']));
    expect(listeners(signal)).toBe(0);
  });

  it('aborting it ends every sent or waiting call of it, and no other', async () => {
    const { state, service } = patient();
    await using pair = await nodes({ services: [service], server: { limits: { calls: 21 } } });
    const controller = new AbortController();
    const { signal } = new AbortController();
    const proxy = await pair.peer.queryInterface<Patient>('patient');
    const other = withOptions(proxy, { signal }).answer();
    const remote = withOptions(proxy, { signal: controller.signal });
    const answers = Array.from({ length: 40 }, () => failure(remote.answer()));
    await until(() => state.started === 21);
    controller.abort(new Error('enough'));
    for (const answer of answers) expect(await answer).toMatchObject({ code: 'canceled', cause: { message: 'enough' } });
    expect(listeners(controller.signal)).toBe(0);
    expect(listeners(signal)).toBe(1);
    state.wait.open('now');
    expect(await other).toBe('now');
    expect(listeners(signal)).toBe(0);
  });
});

describe('deadlines of queued calls', () => {
  it('C10: the error states that the call was not sent, and how many are in flight', async () => {
    const { state, service } = patient();
    await using pair = await nodes({ services: [service], server: { limits: { calls: 2 } } });
    const proxy = await pair.peer.queryInterface<Patient>('patient');
    const sent = [proxy.answer(), proxy.answer()];
    await until(() => state.started === 2);
    expect(await failure(withOptions(proxy, { timeout: 20 }).answer())).toMatchObject({
      code: 'deadline_exceeded',
      message: 'patient.answer was not sent before its deadline: 2 calls are in flight',
    });
    state.wait.open('now');
    expect(await Promise.all(sent)).toEqual(['now', 'now']);
    expect(state.started).toBe(2);
    state.wait = gate();
    expect(await failure(withOptions(proxy, { timeout: 20 }).answer())).toMatchObject({
      code: 'deadline_exceeded',
      message: 'patient.answer did not answer before its deadline',
    });
  });
});

describe('forwarded services', () => {
  it('a service from queryInterface that is forwarded is held while the third node holds it', async () => {
    const memory = new MemoryTransport();
    const node = (id: string) =>
      Netron.create({ id, logger: quiet, stopTimeout: 0, additionalTransports: [memory], transports: { memory: { name: id } } });
    await using owner = await node('owner');
    await using middle = await node('middle');
    await using user = await node('user');
    await owner.peer.exposeService(defineService({ name: 'far@1.0.0', methods: { hello: () => 'hello' } }));
    const toOwner = await middle.connect('memory:owner');
    type Far = { hello(): Promise<string> } & Disposable;
    let passed: Far | undefined;
    const relay = defineService({
      name: 'relay@1.0.0',
      methods: {
        async far() {
          passed = await toOwner.queryInterface<Far>('far');
          return passed;
        },
      },
    });
    await middle.peer.exposeService(relay);
    const toMiddle = await user.connect('memory:middle');
    const far = (await (await toMiddle.queryInterface<typeof relay>('relay')).far()) as unknown as Far;
    const [back] = [...middle.peers.values()].filter(({ id }) => id === 'user');
    passed?.[Symbol.dispose]();
    await settled();
    expect(await far.hello()).toBe('hello');
    const held = back?.link?.exports.size as number;
    far[Symbol.dispose]();
    await until(() => back?.link?.exports.size === held - 1);
    expect(await failure(passed?.hello() as Promise<string>)).toMatchObject({ code: 'failed_precondition' });
    expect(toOwner.link?.imports.size).toBe(0);
  });
});
