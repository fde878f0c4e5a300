import { describe, expect, it } from 'vitest';
import {
  type CallPeer,
  defineService,
  events,
  MemoryTransport,
  Netron,
  NetronError,
  type NetronOptions,
  type Operation,
} from '../../src/index.js';
import { failure, nodes, quiet, settled, until } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

const open = () => defineService({ name: 'open@1.0.0', methods: { hi: () => 'hi' } });
const secret = () =>
  defineService({
    name: 'secret@1.0.0',
    events: events<{ tick: number }>(),
    methods: {
      tell: () => 'told',
      tick() {
        (this as unknown as { emit(event: string, data: number): void }).emit('tick', 1);
      },
    },
  });

const isAdmin = ({ identity }: CallPeer): boolean => (identity as { name?: string } | undefined)?.name === 'admin';

/** Everything that a peer can see of a service that it has or has not. */
async function seen(credentials: string, server: NetronOptions, service = 'secret') {
  await using pair = await nodes({
    services: [open(), secret()],
    server: { authenticate: (name) => ({ name }), ...server },
    client: { credentials },
  });
  const { peer } = pair;
  return {
    names: peer.getServiceNames(),
    query: await failure(peer.queryInterface(service)).catch(() => 'found'),
    exact: await failure(peer.queryInterface(`${service}@1.0.0`)).catch(() => 'found'),
    call: await failure(peer.call(service, 'tell')).catch(() => 'answered'),
    open: await peer.call('open', 'hi'),
  };
}

describe('visible', () => {
  const visible: NetronOptions['visible'] = (caller, { name }) => name !== 'secret' || isAdmin(caller);

  it('an invisible service looks like a missing one', async () => {
    const hidden = await seen('ann', { visible });
    const missing = await seen('ann', { visible }, 'nowhere');
    expect(hidden.names).toEqual(['open@1.0.0']);
    for (const what of ['query', 'exact', 'call'] as const) {
      const [one, other] = [hidden[what], missing[what]] as [Error, Error];
      expect(one).toMatchObject({ code: 'not_found' });
      expect({ ...one, message: one.message.replaceAll('secret', 'nowhere') }).toEqual({ ...other, message: other.message });
    }
    expect(hidden.open).toBe('hi');
    const shown = await seen('admin', { visible });
    expect(shown).toMatchObject({ names: ['open@1.0.0', 'secret@1.0.0'], query: 'found', exact: 'found', call: 'answered' });
  });

  it('applies to services exposed later, and to edges', async () => {
    await using pair = await nodes({ server: { visible, authenticate: (name) => ({ name }) }, client: { credentials: 'ann' } });
    await pair.server.peer.exposeService(secret());
    await pair.server.peer.exposeService(open());
    await until(() => pair.peer.hasService('open'));
    expect(pair.peer.getServiceNames()).toEqual(['open@1.0.0']);
    const dispatch = (name: string) =>
      pair.server.dispatch({ service: 'secret', method: 'tell', caller: { id: name, identity: { name }, transport: 'test' } });
    expect(await failure(dispatch('ann'))).toMatchObject({ code: 'not_found' });
    expect(await dispatch('admin')).toBe('told');
    expect(await pair.server.call('secret', 'tell')).toBe('told');
  });

  it('is checked again when the identity of a peer changes', async () => {
    await using pair = await nodes({
      services: [open(), secret()],
      server: { visible, authenticate: (name) => ({ name }) },
      client: { credentials: 'ann' },
    });
    expect(pair.peer.getServiceNames()).toEqual(['open@1.0.0']);
    pair.back.identify({ name: 'admin' });
    await until(() => pair.peer.hasService('secret'));
    const remote = await pair.peer.queryInterface<{ tell(): Promise<string> }>('secret');
    expect(await remote.tell()).toBe('told');
    pair.back.identify({ name: 'ann' });
    await until(() => !pair.peer.hasService('secret'));
    expect(await failure(remote.tell())).toMatchObject({ code: 'not_found' });
    expect(await pair.peer.call('open', 'hi')).toBe('hi');
  });

  it('hides the service when it answers with a promise, also one that rejects', async () => {
    const logged: unknown[] = [];
    const logger = {
      ...quiet,
      error: (facts: object) => void logged.push(facts),
      warn: (facts: object) => void logged.push(facts),
    };
    for (const visible of [async () => true, async () => Promise.reject(new Error('unheard'))]) {
      await using set = await nodes({ server: { logger, visible: visible as never }, services: [open()] });
      expect(await failure(set.peer.queryInterface('open'))).toMatchObject({ code: 'not_found' });
    }
    expect(JSON.stringify(logged)).toContain('visible must return a boolean');
  });

  it('hides the service when it throws', async () => {
    const logged: string[] = [];
    const logger = { ...quiet, error: (_facts: object, message: string) => void logged.push(message) };
    const throwing: NetronOptions['visible'] = (_caller, { name }) => {
      if (name === 'secret') throw new Error('no');
      return true;
    };
    expect((await seen('admin', { visible: throwing, logger })).names).toEqual(['open@1.0.0']);
    expect(logged).toContain('an event handler failed');
  });
});

describe('authorize', () => {
  const operations: string[] = [];
  const authorize: NetronOptions['authorize'] = async (caller: CallPeer, operation: Operation) => {
    operations.push(
      `${operation.kind} ${operation.service?.name ?? '-'}${operation.kind === 'query' ? '' : ` ${operation.event}`}`,
    );
    return operation.service?.name !== 'secret' || isAdmin(caller);
  };

  it('a missing right is permission_denied', async () => {
    operations.length = 0;
    const ann = await seen('ann', { authorize });
    expect(ann.names).toEqual(['open@1.0.0', 'secret@1.0.0']);
    expect(ann.query).toMatchObject({ code: 'permission_denied', message: "query of 'secret' is not allowed" });
    expect(ann.call).toMatchObject({ code: 'permission_denied' });
    expect(ann.open).toBe('hi');
    expect(await seen('admin', { authorize })).toMatchObject({ query: 'found', call: 'answered' });
    expect(operations).toContain('query secret');
  });

  it.each([0, null, '', 'no', 1, {}])('refuses for the result %o', async (answer) => {
    const ann = await seen('ann', { authorize: async (_, { service }) => service?.name === 'open' || answer });
    expect(ann.query).toMatchObject({ code: 'permission_denied' });
  });

  it('allows when it returns undefined, so that it may throw to refuse', async () => {
    expect(await seen('ann', { authorize: () => {} })).toMatchObject({ query: 'found', call: 'answered' });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('hunter2');
      },
    ],
    ['rejects', () => Promise.reject(new Error('hunter2'))],
    ['rejects with what is no error', () => Promise.reject('hunter2')],
  ])('that %s tells the log, and callers nothing of it', async (_, fails) => {
    const lines: unknown[] = [];
    const logger = { ...quiet, error: (facts: unknown) => void lines.push(facts) };
    await using pair = await nodes({
      services: [open()],
      server: { logger, remoteEvents: true, authorize: (_caller, { kind }) => kind === 'query' || fails() },
    });
    const error = await failure(pair.peer.subscribe('order:*', () => {}));
    expect(error).toMatchObject({ code: 'internal', message: "subscribe of 'order:*': authorize failed" });
    expect(JSON.stringify([error, (error as Error).cause])).not.toContain('hunter2');
    expect(lines).toEqual([{ event: 'authorize', error: expect.stringContaining('hunter2') }]);
  });

  it('that throws a NetronError refuses with it', async () => {
    const ann = await seen('ann', {
      authorize: (_, { service }) => {
        if (service?.name === 'secret') throw new NetronError('failed_precondition', 'not before noon');
      },
    });
    expect(ann.query).toMatchObject({ code: 'failed_precondition', message: 'not before noon' });
  });

  it('guards events of services and of the node', async () => {
    operations.length = 0;
    const service = secret();
    let allowed = true;
    await using pair = await nodes({
      services: [service],
      server: {
        allowServiceEvents: true,
        remoteEvents: true,
        authorize: async (caller, operation) =>
          (await authorize(caller, operation)) !== null && (operation.kind === 'query' || allowed),
      },
    });
    const remote = await pair.peer.queryInterface<typeof service>('secret');
    const heard: unknown[] = [];
    await remote.on('tick', (data) => heard.push(data));
    service.tick();
    await until(() => heard.length === 1);
    allowed = false;
    expect(await failure(remote.on('tick', () => {}))).toMatchObject({ code: 'permission_denied' });
    expect(await failure(pair.peer.subscribe('order:*', () => {}))).toMatchObject({
      code: 'permission_denied',
      message: "subscribe of 'order:*' is not allowed",
    });
    expect(operations).toEqual(['query secret', 'subscribe secret tick', 'subscribe secret tick', 'subscribe - order:*']);
    expect(pair.back.load.subscriptions).toBe(1);
    pair.back.identify({ name: 'other' });
    await until(() => pair.back.load.subscriptions === 0);
  });

  it('is checked again for subscriptions when the identity of the peer changes, also while a check is pending', async () => {
    const answers: ((allowed: boolean) => void)[] = [];
    await using pair = await nodes({
      server: {
        remoteEvents: true,
        authorize: (_caller, { kind }) => kind === 'query' || new Promise((resolve) => answers.push(resolve)),
      },
    });
    const heard: unknown[] = [];
    const subscribing = pair.peer.subscribe('secret', (data) => heard.push(data));
    await until(() => answers.length === 1);
    pair.back.identify({ name: 'somebody' });
    await until(() => answers.length === 2);
    answers[0]?.(true);
    pair.server.publish('secret', 'while it is asked');
    answers[1]?.(false);
    expect(await failure(subscribing)).toMatchObject({ code: 'permission_denied' });
    expect(pair.back.load.subscriptions).toBe(0);
    const allowed = pair.peer.subscribe('secret', (data) => heard.push(data));
    await until(() => answers.length === 3);
    answers[2]?.(true);
    const off = await allowed;
    pair.server.publish('secret', 'allowed');
    await until(() => heard.length === 1);
    pair.back.identify({ name: 'somebody else' });
    await until(() => answers.length === 4);
    pair.server.publish('secret', 'while it is asked again');
    answers[3]?.(true);
    await settled();
    pair.server.publish('secret', 'allowed again');
    await until(() => heard.length === 2);
    expect(heard).toEqual(['allowed', 'allowed again']);
    await off();
  });

  it('fails with deadline_exceeded when it never answers, and other peers are served', async () => {
    const clock = new VirtualClock();
    await using pair = await nodes({
      services: [open(), secret()],
      server: { clock, authorize: (_caller, { service }) => (service?.name === 'secret' ? new Promise(() => {}) : true) },
      client: { clock },
    });
    const asked = failure(pair.peer.queryInterface('secret'));
    expect(await pair.peer.call('open', 'hi')).toBe('hi');
    expect(await clock.settle(asked)).toMatchObject({
      code: 'deadline_exceeded',
      message: 'authorize did not answer within 5000 ms',
    });
  });
});

it('a listener can be limited to some services', async () => {
  const memory = new MemoryTransport();
  const additionalTransports = [memory];
  await using server = await Netron.create({
    id: 'server',
    logger: quiet,
    additionalTransports,
    transports: { memory: [{ name: 'all' }, { name: 'public', services: ['open'] }] },
  });
  for (const service of [open(), secret()]) await server.peer.exposeService(service);
  await using client = await Netron.create({ logger: quiet, additionalTransports });
  const all = await client.connect('memory:all');
  await using guest = await Netron.create({ logger: quiet, additionalTransports });
  const some = await guest.connect('memory:public');
  expect(all.getServiceNames()).toEqual(['open@1.0.0', 'secret@1.0.0']);
  expect(some.getServiceNames()).toEqual(['open@1.0.0']);
  expect(await some.call('open', 'hi')).toBe('hi');
  expect(await failure(some.call('secret', 'tell'))).toMatchObject({ code: 'not_found' });
  await server.peer.exposeService(defineService({ name: 'later@1.0.0', methods: { a: () => 1 } }));
  await until(() => all.hasService('later'));
  expect(some.hasService('later')).toBe(false);
  expect(await all.call('secret', 'tell')).toBe('told');
});
