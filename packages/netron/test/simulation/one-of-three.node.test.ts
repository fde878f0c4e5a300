/** C13 to C15 on virtual time: one of three nodes stands still, is slow, or cannot be reached; callers hardly notice. */
import { describe, expect, it } from 'vitest';
import type { RemotePeer } from '../../src/index.js';
import { simulate, type World } from '../../src/testing.js';
import { before, deadline, failed, type OneOfThree, percentile, type SeenCall, servers, startThree } from './one-of-three.js';
import { runs } from './runs.js';

/** Milliseconds that the fault lasts. */
const lasting = 40_000;

const seeds = Math.ceil(runs / 40);

/** Runs a scenario for each seed; a run in which timers or connections are left fails. */
const run = (scenario: (world: World) => Promise<void>): Promise<void> => simulate(scenario, { runs: seeds }).then(() => {});

/** Load before, during and after a fault of the node `c`; all nodes are used again in the end, and nothing is left open. */
async function under(
  world: World,
  fault: () => void,
  end: () => unknown,
  watch: (three: OneOfThree, at: number) => Promise<unknown> = async () => {},
) {
  const three = await startThree(world);
  await three.load(before);
  const base = three.calls.slice();
  const at = world.clock.now();
  fault();
  const watching = watch(three, at);
  await three.load(lasting);
  await world.wait('what watches', watching);
  end();
  const during = three.calls.slice(base.length);
  await world.sleep(30_000);
  const rest = three.calls.length;
  await three.load(2_000);
  const last = three.calls.slice(rest);
  expect(failed(last)).toBe(0);
  expect(new Set(last.map(({ by }) => by))).toEqual(new Set(servers));
  await world.sleep(1_000);
  for (const name of [...servers, 'client']) {
    for (const { load, streams } of three.node(name).peers.values()) {
      expect([load.callsSent, load.callsRunning, load.callsWaiting, streams.length]).toEqual([0, 0, 0, 0]);
    }
  }
  const after = (calls: readonly SeenCall[], ms: number): SeenCall[] => calls.filter(({ began }) => began >= at + ms);
  return { ...three, at, base, during, after };
}

/** Resolves with the milliseconds until `holds`. */
async function until(world: World, holds: () => boolean): Promise<number> {
  const from = world.clock.now();
  while (!holds()) await world.sleep(100);
  return world.clock.now() - from;
}

/** Tells whether a peer has lost the connection that it has now. */
function gone(peer: RemotePeer | undefined): () => boolean {
  let is = false;
  for (const event of ['disconnected', 'interrupted', 'resumed'] as const)
    peer?.once(event, () => {
      is = true;
    });
  return () => is;
}

const within = (calls: readonly SeenCall[]): void => {
  for (const { took } of calls) expect(took).toBeLessThanOrEqual(deadline + 50);
};

describe('one of three nodes', () => {
  it('C13: is suspended (SIGSTOP): fewer than 1 % of the calls fail, and p99 is at most twice as long after 3 s', () =>
    run(async (world) => {
      const { base, during, after } = await under(
        world,
        () => world.process('c').pause(),
        () => world.process('c').resume(),
      );
      expect(failed(during)).toBeLessThan(0.01);
      expect(percentile(after(during, 3_000), 0.99)).toBeLessThanOrEqual(2 * percentile(base, 0.99));
      within(during);
    }));

  it('C14: answers 100 ms later: it gets at most a tenth of the calls, and no call fails', () =>
    run(async (world) => {
      const slow = (ms: number): void => world.network.slow('client', 'c', ms);
      const { during } = await under(
        world,
        () => slow(50),
        () => slow(0),
      );
      expect(failed(during)).toBe(0);
      expect(during.filter(({ by }) => by === 'c').length).toBeLessThanOrEqual(during.length / 10);
    }));

  it('C17: clocks jump by an hour, forward and back: no call fails, and no node is removed', () =>
    run(async (world) => {
      const jumps = [1, -1, -1, 1].map((hours) => hours * 3_600_000);
      let left: string[] = [];
      const { during } = await under(
        world,
        () => world.process('c').jump(-3_600_000),
        () => {},
        async ({ client, node }) => {
          const all = [client, ...servers.map(node)];
          left = [];
          for (const { discovery } of all) discovery.on('node:left', (id) => left.push(id));
          for (const [at, ms] of jumps.entries()) {
            await world.sleep(5_000);
            for (const name of ['client', servers[at % 3] as string]) world.process(name).jump(ms);
          }
        },
      );
      expect([failed(during), left]).toEqual([0, []]);
      expect(new Set(during.map(({ by }) => by))).toEqual(new Set(servers));
    }));

  it.each<[string, (world: World) => void, 'by itself' | ((world: World) => void)]>([
    ['in one direction, to it', ({ network }) => network.clog('client', 'c'), ({ network }) => network.unclog('client', 'c')],
    ['in one direction, from it', ({ network }) => network.clog('c', 'client'), ({ network }) => network.unclog('c', 'client')],
    ['in both directions', ({ network }) => network.partition('client', 'c'), ({ network }) => network.heal('client', 'c')],
    ['half-open: its connections are lost without a notification', ({ network }) => network.silence('client', 'c'), 'by itself'],
  ])(
    'C15: is unreachable, %s: callers fail over within 7 s, both ends detect it within 30 s, and no call outlives its deadline',
    (_how, fault, ends) =>
      run(async (world) => {
        const noticed: number[] = [];
        const { during, after } = await under(
          world,
          () => fault(world),
          () => ends !== 'by itself' && ends(world),
          async ({ client, node }) => {
            const both = [client.peers.get('c'), node('c').peers.get('client')].map(gone);
            noticed.push(...(await Promise.all(both.map((holds) => until(world, holds)))));
          },
        );
        expect(failed(during)).toBeLessThan(0.01);
        expect(failed(after(during, 7_000))).toBe(0);
        // Looked at every 100 ms.
        expect(Math.max(...noticed)).toBeLessThanOrEqual(30_000 + 100);
        expect(Math.min(...noticed)).toBeGreaterThan(0);
        within(during);
      }),
  );
});
