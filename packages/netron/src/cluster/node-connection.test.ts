import { expect, it } from 'vitest';
import { NetronError } from '../errors/netron-error.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import type { ClusterNode } from './cluster-node.js';
import { DialSlots } from './dial-slots.js';
import { NodeConnection } from './node-connection.js';

const addresses = ['memory://one', 'memory://other'];

/** A node whose connections hold for `life` milliseconds; 0: it accepts none. `dialed` has the attempts. */
function accepting(life: number) {
  const clock = new VirtualClock();
  const dialed: { readonly at: number; readonly address: string }[] = [];
  const connect: ClusterNode['connect'] = async ({ address }) => {
    dialed.push({ at: clock.now(), address });
    if (life === 0) throw new NetronError('unavailable', 'nobody listens');
    const listeners = new Set<() => void>();
    const peer = {
      state: 'connected',
      accepting: true,
      dialed: true,
      streams: [],
      references: [],
      isBusy: () => false,
      disconnect: async () => {},
      life: { leave: () => {} },
      on: (_event: string, listener: () => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    clock.setTimeout(() => {
      peer.state = 'closed';
      peer.accepting = false;
      for (const listener of [...listeners]) listener();
    }, life);
    return peer as unknown as RemotePeer;
  };
  const node = {
    clock,
    random: () => 1,
    connect,
    peers: new Map(),
    discovers: false,
    discovery: undefined,
    logger: { debug: () => {} },
  };
  const info = { id: 'a', addresses, services: [], weight: 1 };
  const connection = new NodeConnection(
    node as unknown as ClusterNode,
    new DialSlots(),
    info as never,
    { shared: false, session: false },
    { connected: () => {}, told: () => {}, gone: () => {}, leaving: { add: () => {}, takeBack: () => false } },
  );
  const leave = connection.hold(() => connection.look());
  return { clock, dialed, leave };
}

/** Times between attempts, without those for which connections held. */
const pauses = (dialed: readonly { readonly at: number }[], life: number): number[] =>
  dialed.slice(1).map(({ at }, index) => at - (dialed[index]?.at ?? 0) - life);

it('C7: a node that accepts connections and closes them is dialed later each time, up to 30 s', async () => {
  const { clock, dialed, leave } = accepting(10);
  await clock.advance(300_000);
  const found = pauses(dialed, 10);
  expect(found.slice(0, 4)).toEqual([1_000, 1_333, 2_667, 5_333].map((ms) => expect.closeTo(ms, -1)));
  expect(Math.max(...found)).toBeLessThanOrEqual(30_000);
  expect(dialed.length).toBeLessThan(25);
  leave();
});

it('C7: one whose connections hold for ten seconds is dialed again within a second', async () => {
  const { clock, dialed, leave } = accepting(10_000);
  await clock.advance(100_000);
  expect(pauses(dialed, 10_000)).toEqual(Array.from({ length: dialed.length - 1 }, () => 1_000));
  expect(dialed.length).toBeGreaterThan(5);
  leave();
});

it('goes through the addresses of a node in turn', async () => {
  const { clock, dialed, leave } = accepting(0);
  await clock.advance(10_000);
  expect(dialed.slice(0, 4).map(({ address }) => address)).toEqual([...addresses, ...addresses]);
  leave();
});
