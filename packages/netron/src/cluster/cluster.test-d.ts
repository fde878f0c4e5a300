import { describe, expectTypeOf, it } from 'vitest';
import type { Netron, Peer, RemotePeer, ServicePeer } from '../index.js';

declare const netron: Netron;

interface Users {
  get(id: number): Promise<string>;
}

describe('netron.connect', () => {
  it('gives the type of peer that fits the target', () => {
    expectTypeOf(netron.connect('users')).resolves.toEqualTypeOf<ServicePeer>();
    expectTypeOf(netron.connect('users@^1.0.0', { loadBalancer: 'nearest' })).resolves.toEqualTypeOf<ServicePeer>();
    expectTypeOf(netron.connect('ws://localhost:8080')).resolves.toEqualTypeOf<RemotePeer>();
    expectTypeOf(netron.connect(`tcp://localhost:${8080}`, { maxReconnectAttempts: 3 })).resolves.toEqualTypeOf<RemotePeer>();
    expectTypeOf(netron.connect('ws://localhost:8080' as string)).resolves.toEqualTypeOf<RemotePeer>();
    expectTypeOf(netron.connect({})).resolves.toEqualTypeOf<RemotePeer>();
    expectTypeOf<RemotePeer>().toExtend<Peer>();
    expectTypeOf<ServicePeer>().toExtend<Peer>();
  });

  it('takes the options that fit the target', () => {
    // @ts-expect-error no balancer has that name
    void netron.connect('users', { loadBalancer: 'best' });
    // @ts-expect-error a subset is a number
    void netron.connect('users', { subset: 'all' });
  });
});

it('a peer hears events with the data that a listener declares, as a node does', () => {
  const peers = {} as { peer: Peer; remote: RemotePeer; service: ServicePeer };
  for (const peer of Object.values(peers)) {
    void peer.subscribe('count:*', (count: number, event) => expectTypeOf(event).toEqualTypeOf<string>() && count + 1);
    void peer.subscribe('count:*', (data) => expectTypeOf(data).toBeUnknown());
    // @ts-expect-error the name of an event is a text
    void peer.subscribe('count:*', (count: number, event: number) => count + event);
  }
});

it('netron.service gives a proxy at once', () => {
  expectTypeOf(netron.service<Users>('users').get(1)).toEqualTypeOf<Promise<string>>();
  // @ts-expect-error an id is a number
  void netron.service<Users>('users').get('1');
  expectTypeOf(netron.service('users').anything).returns.resolves.toBeUnknown();
});
