import { describe, expect, it } from 'vitest';
import { defineService, getCallContext, MemoryTransport, Netron, withOptions } from '../../src/index.js';
import { failure, gate, nodes, quiet, settled, transports, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

/** A service whose method runs until its call is aborted, and tells what is running. */
function hanging() {
  const state = { running: 0, started: 0, reasons: [] as unknown[] };
  const service = defineService({
    name: 'hanging@1.0.0',
    methods: {
      async wait(): Promise<string> {
        const { signal } = getCallContext();
        state.running += 1;
        state.started += 1;
        try {
          return await new Promise<string>((_, reject) => {
            if (signal.aborted) reject(signal.reason);
            signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          });
        } catch (error) {
          state.reasons.push(error);
          throw error;
        } finally {
          state.running -= 1;
        }
      },
      quick: () => 'quick',
    },
  });
  return { state, service };
}
type Hanging = ReturnType<typeof hanging>['service'];

describe.each(transports)('deadlines over %s', (transport) => {
  it('C10: work continues until the deadline and stops within 50 ms of it', async () => {
    const { state, service } = hanging();
    const clock = new VirtualClock();
    await using pair = await nodes({ transport, services: [service], server: { clock }, client: { clock } });
    const remote = withOptions(await pair.peer.queryInterface<Hanging>('hanging'), { timeout: 100 });
    const call = failure(remote.wait());
    await until(() => state.running === 1);
    await clock.advance(99);
    await settled();
    expect(state.running).toBe(1);
    await clock.advance(51);
    await until(() => state.running === 0);
    expect(await call).toMatchObject({ code: 'deadline_exceeded' });
  });

  it('C10: a call ends at its deadline, its handler is aborted, and a late result is ignored', async () => {
    const { state, service } = hanging();
    const late = gate<string>();
    const slow = defineService({ name: 'slow@1.0.0', methods: { answer: () => late.opened } });
    const clock = new VirtualClock();
    await using pair = await nodes({ transport, services: [service, slow], server: { clock }, client: { clock } });
    const remote = withOptions(await pair.peer.queryInterface<Hanging>('hanging'), { timeout: 150 });
    const first = failure(remote.wait());
    await until(() => state.running === 1);
    await clock.advance(200);
    expect(await first).toMatchObject({ code: 'deadline_exceeded' });
    await until(() => state.running === 0);
    expect(state.reasons).toHaveLength(1);
    const answer = withOptions(await pair.peer.queryInterface<typeof slow>('slow'), { timeout: 40 });
    const second = failure(answer.answer());
    await settled();
    await clock.advance(90);
    expect(await second).toMatchObject({ code: 'deadline_exceeded' });
    late.open('late');
    expect(await remote.quick()).toBe('quick');
    expect(pair.peer.isBusy()).toBe(false);
    expect(pair.back.isBusy()).toBe(false);
  });

  it('40: an aborted signal ends the call at once and aborts the handler', async () => {
    const { state, service } = hanging();
    await using pair = await nodes({ transport, services: [service] });
    const controller = new AbortController();
    const remote = withOptions(await pair.peer.queryInterface<Hanging>('hanging'), { signal: controller.signal });
    const call = failure(remote.wait());
    await until(() => state.running === 1);
    controller.abort(new Error('enough'));
    const error = await call;
    expect(error).toMatchObject({ code: 'canceled' });
    expect(error.cause).toMatchObject({ message: 'enough' });
    await until(() => state.running === 0);
    // A signal that was aborted before: nothing is sent.
    expect(await failure(remote.wait())).toMatchObject({ code: 'canceled' });
    expect(state.started).toBe(1);
  });
});

/** client → middle → last, each call made for the one before. */
async function chain(transport: 'memory' | 'tcp' = 'memory') {
  const { state, service } = hanging();
  const clock = new VirtualClock();
  const shared = { clock, logger: quiet, additionalTransports: [new MemoryTransport()] };
  const listening = { ...shared, transports: transport === 'tcp' ? { tcp: { port: 0 } } : { memory: true } };
  const last = await Netron.create(listening);
  await last.peer.exposeService(service);
  const middle = await Netron.create(listening);
  const beyond = await (await middle.connect(last.addresses[0] as string)).queryInterface<Hanging>('hanging');
  const remaining: (number | undefined)[] = [];
  const relay = defineService({
    name: 'relay@1.0.0',
    methods: {
      pass: async () => beyond.wait(),
      async passLater() {
        await new Promise((resolve) => setImmediate(resolve));
        return beyond.wait();
      },
      async deadline() {
        remaining.push(getCallContext().deadline);
      },
    },
  });
  await middle.peer.exposeService(relay);
  const client = await Netron.create(shared);
  const remote = await (await client.connect(middle.addresses[0] as string)).queryInterface<typeof relay>('relay');
  const all = [client, middle, last];
  return {
    ...{ state, remote, last, middle, client, clock },
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((node) => node.stop({ timeout: 0 })));
    },
  };
}

describe('A → B → C', () => {
  it('C11: a cancel reaches the last node over TCP without a timer, 1,000 times, and no work is left', async () => {
    await using nodes = await chain('tcp');
    const { state, remote } = nodes;
    for (let round = 0; round < 10; round += 1) {
      const controllers = Array.from({ length: 100 }, () => new AbortController());
      const calls = controllers.map(({ signal }, number) => {
        const service = withOptions(remote, { signal });
        return failure(number % 2 === 0 ? service.pass() : service.passLater());
      });
      await until(() => state.running === 100);
      for (const controller of controllers) controller.abort();
      await until(() => state.running === 0);
      for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'canceled' });
    }
    expect(state.started).toBe(1_000);
    for (const node of [nodes.client, nodes.middle, nodes.last]) {
      for (const peer of node.peers.values()) expect(peer.isBusy()).toBe(false);
    }
  });

  it('C10: the remaining time is passed to the last node, and work stops at the deadline', async () => {
    await using nodes = await chain();
    const { state, remote, clock } = nodes;
    const call = failure(withOptions(remote, { timeout: 120 }).pass());
    await until(() => state.running === 1);
    await clock.advance(60);
    expect(state.running).toBe(1);
    await clock.advance(110);
    expect(await call).toMatchObject({ code: 'deadline_exceeded' });
    await until(() => state.running === 0);
    expect(state.started).toBe(1);
  });

  it('C10, C11: queued calls inherit deadline and cancellation of the outer call', async () => {
    const { state, service } = hanging();
    await using pair = await nodes({ services: [service], server: { limits: { calls: 1 } } });
    const own = await pair.peer.queryInterface<Hanging>('hanging');
    const relay = defineService({ name: 'relay@1.0.0', methods: { pass: async () => own.wait() } });
    await pair.client.peer.exposeService(relay);
    const back = await pair.back.queryInterface<typeof relay>('relay');
    const first = new AbortController();
    const second = new AbortController();
    const calls = [withOptions(back, { signal: first.signal }).pass(), withOptions(back, { signal: second.signal }).pass()].map(
      failure,
    );
    await until(() => state.running === 1);
    first.abort();
    await until(() => state.started === 2 && state.running === 1);
    second.abort();
    await until(() => state.running === 0);
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'canceled' });
    expect(pair.peer.isBusy()).toBe(false);
  });
});

describe('time', () => {
  it('C10: 1,000 calls that are expired on arrival do not run', async () => {
    const { state, service } = hanging();
    await using pair = await nodes({ services: [service] });
    const remote = withOptions(await pair.peer.queryInterface<Hanging>('hanging'), { timeout: 0 });
    const errors = await Promise.all(Array.from({ length: 1_000 }, () => failure(remote.wait())));
    for (const error of errors) expect(error).toMatchObject({ code: 'deadline_exceeded' });
    expect(state.started).toBe(0);
  });

  it('C17: a busy event loop does not shorten the deadline of later calls', async () => {
    const clock = new VirtualClock();
    const slow = defineService({
      name: 'slow@1.0.0',
      methods: {
        forever: () => new Promise<void>(() => {}),
        soon: () => new Promise((resolve) => clock.setTimeout(() => resolve('answered'), 30)),
      },
    });
    await using pair = await nodes({ services: [slow], server: { clock }, client: { clock } });
    const remote = await pair.peer.queryInterface<typeof slow>('slow');
    void failure(remote.forever());
    await clock.advance(30);
    clock.sleep(300);
    const answer = withOptions(remote, { timeout: 200 }).soon();
    await settled();
    await clock.advance(150);
    expect(await answer).toBe('answered');
  });

  it('B10: 2,000 calls that time out leave nothing behind', async () => {
    const { state, service } = hanging();
    const clock = new VirtualClock();
    await using pair = await nodes({ services: [service], server: { clock }, client: { clock, requestTimeout: 60 } });
    const remote = await pair.peer.queryInterface<Hanging>('hanging');
    const calls = Array.from({ length: 2_000 }, () => failure(remote.wait()));
    await settled();
    await clock.advance(200);
    const errors = await Promise.all(calls);
    expect(errors.every((error) => error.code === 'deadline_exceeded')).toBe(true);
    await until(() => state.running === 0);
    expect(pair.peer.isBusy()).toBe(false);
    expect(pair.back.isBusy()).toBe(false);
  });
});
