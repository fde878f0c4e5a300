import { expect, it } from 'vitest';
import { NetronError } from '../errors/netron-error.js';
import { targetOf } from '../service/call/proxy.js';
import type { ServiceDefinition } from '../service/definition.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { systemScheduler } from '../util/scheduler.js';
import { defaultLimits } from '../wire/limits.js';
import type { ServiceBinding } from './binding.js';
import type { Callee } from './calls/callee.js';
import { allParts } from './link/all-parts.js';
import type { Link } from './link/link.js';
import { reconnectPart } from './reconnect-part.js';
import { type ImportingLink, Imports } from './references/imports.js';
import { PeerServices, type ServedPeer } from './services.js';

/** The services of a peer whose link answers lookups of the existing ones. */
function served(reconnect?: typeof reconnectPart) {
  const there = new Map<string, ServiceDefinition>();
  const queries: string[] = [];
  const renewed: string[] = [];
  let handles = 0;
  /** The peer withdraws the service while it answers. */
  let answering = async (): Promise<void> => {};
  const connect = () => {
    const link = {
      node: {
        clock: new VirtualClock(),
        definitions: { read: () => expect.fail('nothing is offered') },
        limits: defaultLimits,
        parts: allParts,
        scheduler: { ...systemScheduler, collects: false },
      },
      owner: { id: 'peer', identity: undefined, outgoingChain: undefined },
      outbox: { packet() {}, behind: (action: () => void) => action() },
      calls: {
        call: async (_callee: Callee, [query]: [string]) => {
          queries.push(query);
          const definition = there.get(query);
          if (definition === undefined) throw new NetronError('not_found', `no service '${query}'`);
          handles += 1;
          const { shown } = link.imports.take(handles, definition);
          await answering();
          return shown;
        },
      },
      open: true,
      reportError() {},
    } as unknown as ImportingLink & { imports: Imports };
    Object.assign(link, { imports: new Imports(link, []) });
    return link as unknown as Link;
  };
  const peer = {
    id: 'peer',
    identity: undefined,
    node: {
      clock: new VirtualClock(),
      limits: { ...defaultLimits, elements: 3 },
      parts: allParts,
      requestTimeout: 1_000,
      reconnect,
    },
    outgoingChain: undefined,
    accepting: true,
    link: connect(),
    subscriptions: {
      add: async () => async () => {},
      renew: async (_link: Link, { query }: ServiceBinding) => void renewed.push(query),
    },
    ready: async () => undefined,
    services: undefined as unknown as PeerServices,
    reportError: (error: Error) => expect.fail(error.message),
  };
  const services = new PeerServices(peer as unknown as ServedPeer);
  peer.services = services;
  const offer = (name: string, version = '1.0.0', query = name): void =>
    void there.set(query, { name, version, members: [{ name: 'call', kind: 'method' }] });
  const whileAnswering = (action: () => Promise<void>): void => {
    answering = async () => {
      answering = async () => {};
      await action();
    };
  };
  return {
    connect,
    offer,
    peer,
    queries,
    renewed,
    services,
    there,
    whileAnswering,
  };
}

it('knows the announced services, unless their names are too long or too many', () => {
  const { services } = served();
  services.begin(['shop@1.0.0', `${'x'.repeat(260)}@1.0.0`]);
  expect([services.names, services.has('shop'), services.has('shop@1.0.0'), services.has('shop@2.0.0')]).toEqual([
    ['shop@1.0.0'],
    ...[true, true, false],
  ]);
  services.change(['bank@1.0.0', 'post@1.0.0'], []);
  expect(() => services.change(['club@1.0.0'], [])).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
  services.change([], ['shop@1.0.0']);
  expect(services.has('shop')).toBe(false);
});

it('asks once for the same query, and again when its meaning may have changed', async () => {
  const { offer, queries, services } = served();
  offer('shop');
  const [one, other] = await Promise.all([services.query('shop'), services.query('shop')]);
  expect([one === other, queries, services.isNamed(one as ServiceBinding)]).toEqual([true, ['shop'], true]);
  services.change(['shop@1.1.0'], []);
  expect(await services.query('shop')).not.toBe(one);
  await expect(services.query('bank')).rejects.toMatchObject({ code: 'not_found' });
  offer('bank');
  expect((await services.query('bank')).definition.name).toBe('bank');
});

it('asks again when the answer is withdrawn in flight', async () => {
  const { offer, queries, services, whileAnswering } = served();
  offer('shop');
  whileAnswering(async () => {
    services.change([], ['shop@1.0.0']);
    offer('shop', '2.0.0');
  });
  expect((await services.query('shop')).definition.version).toBe('2.0.0');
  expect(queries).toEqual(['shop', 'shop']);
});

it('notes a bounded number of names that are withdrawn during a lookup, and none that is too long', async () => {
  const { offer, services, whileAnswering } = served();
  offer('shop');
  let failed: unknown;
  whileAnswering(async () => {
    services.change([], ['a@1.0.0', 'b@1.0.0', 'c@1.0.0', ...Array.from({ length: 9 }, (_, n) => `${'x'.repeat(260)}@${n}.0.0`)]);
    services.change([], ['a@1.0.0']);
    try {
      services.change([], ['d@1.0.0']);
    } catch (error) {
      failed = error;
    }
  });
  await services.query('shop');
  expect(failed).toMatchObject({ code: 'resource_exhausted' });
});

it('gives up a withdrawn service when there is a single connection', async () => {
  const { offer, peer, services } = served();
  offer('shop');
  const binding = await services.query('shop');
  binding.holders = 1;
  services.change([], ['shop@1.0.0']);
  services.change(['shop@1.0.0'], []);
  expect([binding.attached, services.recovery, services.bindings, services.uses(binding)]).toEqual([
    ...[false, undefined, [binding], true],
  ]);
  await expect(binding.invoke(0, [], undefined)).rejects.toMatchObject({ code: 'not_found' });
  binding.dispose();
  expect([services.size, peer.services]).toEqual([0, services]);
});

it('finds services in use again on the next connection, except for missing ones', async () => {
  const { connect, offer, services, there } = served(reconnectPart);
  for (const name of ['shop', 'bank']) offer(name);
  const [shop, bank] = await Promise.all([services.query('shop'), services.query('bank')]);
  services.detach();
  there.delete('bank');
  const next = connect();
  await services.recovery?.renew(next);
  expect([shop?.referenceOn(next) === undefined, bank?.attached]).toEqual([false, false]);
});

it('finds a returned service, with its subscriptions; its calls wait for that', async () => {
  const { offer, peer, queries, renewed, services } = served(reconnectPart);
  offer('shop');
  const binding = await services.query('shop');
  binding.holders = 1;
  services.change([], ['shop@1.0.0']);
  expect(binding.attached).toBe(false);
  services.recovery?.recover(peer.link);
  expect(queries).toHaveLength(1);
  services.change(['shop@1.0.0'], []);
  services.recovery?.recover(peer.link);
  services.recovery?.recover(peer.link);
  await services.recovery?.found(binding);
  expect([binding.attached, queries.length, renewed, targetOf(binding.proxy)]).toEqual([true, 2, ['shop'], binding]);
});

it('uses the version found last when one is withdrawn', async () => {
  const { offer, peer, services } = served(reconnectPart);
  offer('shop');
  const binding = await services.query('shop');
  binding.holders = 1;
  services.change([], ['shop@1.0.0']);
  offer('shop', '1.1.0');
  services.change(['shop@1.0.0', 'shop@1.1.0'], []);
  services.recovery?.recover(peer.link);
  await services.recovery?.found(binding);
  const attached = ['shop@1.0.0', 'shop@1.1.0'].map((service) => {
    services.change([], [service]);
    return binding.attached;
  });
  expect(attached).toEqual([true, false]);
});

it('asks again when another connection has another version; existing proxies keep the matching members', async () => {
  const { connect, offer, peer, queries, services } = served(reconnectPart);
  offer('shop');
  offer('shop', '1.0.0', 'shop@*');
  const [held, called] = [await services.query('shop'), await services.query('shop@*')].map((binding, number) => {
    binding.holders = 1 - number;
    return binding;
  }) as [ServiceBinding, ServiceBinding];
  services.detach();
  offer('shop', '1.1.0');
  offer('shop', '1.1.0', 'shop@*');
  peer.link = connect();
  await services.recovery?.renew(peer.link);
  expect([held.attached, held.served.version, services.bindings]).toEqual([true, '1.1.0', [held]]);
  queries.length = 0;
  const now = await services.query('shop');
  expect([now.definition.version, now === held, called.attached, queries]).toEqual(['1.1.0', false, false, ['shop']]);
  expect(await services.query('shop')).toBe(now);
});
