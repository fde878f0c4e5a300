import { expect, it } from 'vitest';
import { NetronError } from '../errors/netron-error.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import type { ClusterNode } from './cluster-node.js';
import { DialSlots } from './dial-slots.js';
import { NodeConnection } from './node-connection.js';

const addresses = ['memory://one', 'memory://other'];

/**
 * A node whose connections last for `life` milliseconds; 0: it accepts none. `dialed` lists the attempts.
 *
 * @param hangs whether an attempt at an address gets no answer
 */
function accepting(life: number, hangs: (address: string) => boolean = () => false) {
  const clock = new VirtualClock();
  const dialed: { readonly at: number; readonly address: string }[] = [];
  const left: string[] = [];
  let running = 'first run';
  let drain = (): void => {};
  const connect: ClusterNode['connect'] = async ({ address }, signal) => {
    dialed.push({ at: clock.now(), address });
    if (hangs(address)) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up'))));
    if (life === 0) throw new NetronError('unavailable', 'nobody listens');
    const listeners = new Set<() => void>();
    const peer = {
      instance: running,
      state: 'connected',
      accepting: true,
      dialed: true,
      streams: [],
      references: [],
      isBusy: () => false,
      disconnect: async () => {},
      life: {
        leave: () => {
          left.push(address);
        },
      },
      on: (_event: string, listener: () => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const change = (state: string): void => {
      peer.state = state;
      peer.accepting = false;
      for (const listener of [...listeners]) listener();
    };
    drain = () => change('draining');
    clock.setTimeout(() => change('closed'), life);
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
  const info = { id: 'a', instance: running, addresses, services: [], weight: 1 };
  const connection = new NodeConnection(
    node as unknown as ClusterNode,
    new DialSlots(),
    info as never,
    { shared: false, session: false },
    {
      connected: () => {},
      servicesChanged: () => {},
      gone: () => {},
      leaving: { add: () => {}, has: () => false, takeBack: () => false },
    },
  );
  const hold = () => connection.hold(() => connection.look());
  const move = (to: string) => connection.update({ ...info, addresses: [to] } as never);
  const run = (instance: string, at: readonly string[]): void => {
    running = instance;
    connection.update({ ...info, instance, addresses: at } as never);
  };
  return { clock, connection, dialed, left, hold, leave: hold(), move, run, drain: () => drain() };
}

/** Times between attempts, without the times for which connections lasted. */
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

it('dials a node at its new address that moves while it is dialed at the old one, or is needed again', async () => {
  let hanging = false;
  const { clock, dialed, hold, leave, move } = accepting(5_000, (address) => hanging && address !== 'memory://new');
  await clock.advance(100);
  hanging = true;
  // The peer closes for good.
  await clock.advance(7_000);
  expect(dialed.map(({ address }) => address)).toEqual(['memory://one', 'memory://one']);
  leave();
  const again = hold();
  await clock.advance(3_000);
  expect(dialed).toHaveLength(3);
  move('memory://new');
  await clock.advance(100);
  expect(dialed.at(-1)?.address).toBe('memory://new');
  again();
});

it('dials a node at its new address that moves while it is dialed for the first time', async () => {
  const { clock, dialed, leave, move } = accepting(5_000, (address) => address !== 'memory://new');
  await clock.advance(3_000);
  expect(dialed.map(({ address }) => address)).toEqual(['memory://one']);
  move('memory://new');
  await clock.advance(100);
  expect(dialed.map(({ address }) => address)).toEqual(['memory://one', 'memory://new']);
  leave();
});

it.each([
  ['elsewhere', ['memory://next']],
  ['at the same address', addresses],
])('dials the next run of a node %s at once while the one before takes leave, which finishes its calls', async (_, at) => {
  const { clock, connection, dialed, drain, leave, left, run } = accepting(60_000);
  await clock.advance(100);
  drain();
  await clock.advance(100);
  // Possibly no other peer replaces it.
  expect(dialed).toHaveLength(1);
  run('next run', at);
  await clock.advance(100);
  expect(dialed.map(({ address }) => address)).toEqual(['memory://one', at[0]]);
  expect(connection.peer?.instance).toBe('next run');
  expect(left).toEqual([]);
  leave();
});

it('is not dialed again when a run was reached before its record arrived', async () => {
  const { clock, connection, dialed, leave, run } = accepting(60_000);
  await clock.advance(100);
  (connection.peer as { instance: string }).instance = 'next run';
  run('next run', ['memory://next']);
  await clock.advance(1_000);
  expect(dialed).toHaveLength(1);
  leave();
});
