/** Calls from two clients to a server, all of which may be killed, cut off or stand still. */
import {
  defineService,
  type MiddlewareInput,
  type NetronError,
  type NetronOptions,
  outcomeOf,
  type RemotePeer,
  withOptions,
} from '../../src/index.js';
import type { FaultPlan, Scenario, SimulatedProcess, World } from '../../src/testing.js';

export const callFaults: FaultPlan = { most: 6, within: 20_000, longest: 8_000 };

/** Milliseconds that a call has. */
const timeout = 5_000;

/** Milliseconds after which a call that should have failed is late: deadlines are looked at every 20 ms. */
const slack = 200;

/** Milliseconds in which everybody has noticed what is broken, and has connected again. */
export const recovery = 90_000;

interface Entry {
  readonly id: string;
  effects: number;
  outcome: 'ok' | 'not_run' | 'ran' | 'unknown' | undefined;
}

/** Service whose effects are counted. */
function ledger(process: SimulatedProcess, entries: Map<string, Entry>, order: Map<string, number>) {
  const note = (id: string): Entry => {
    const entry = entries.get(id) as Entry;
    entry.effects += 1;
    return entry;
  };
  return defineService({
    name: 'ledger@1.0.0',
    methods: {
      /** Calls of one connection begin in the order in which they were sent. */
      add(id: string, connection: string, number: number): string {
        note(id);
        const last = order.get(connection) ?? 0;
        if (number <= last) throw new Error(`call ${number} of connection ${connection} began after call ${last}`);
        order.set(connection, number);
        return id;
      },
      async slow(id: string, ms: number): Promise<string> {
        note(id);
        await new Promise<void>((resolve) => process.clock.setTimeout(resolve, ms));
        return id;
      },
      fail(id: string): string {
        note(id);
        throw new RangeError(id);
      },
    },
  });
}

type Ledger = ReturnType<typeof ledger>;

/** @param outgoing middleware of the clients */
export function calls(outgoing: () => MiddlewareInput[] = () => [], options: NetronOptions = {}): Scenario {
  return async (world) => {
    const entries = new Map<string, Entry>();
    const order = new Map<string, number>();
    world.always('a call has at most one effect', () => {
      for (const { id, effects } of entries.values()) if (effects > 1) return `${id} has ${effects}`;
      return true;
    });
    await world.start('server', async (process) => {
      const server = await process.node();
      await server.peer.exposeService(ledger(process, entries, order));
    });
    let number = 0;
    const client = async (name: string): Promise<void> => {
      let count = 0;
      const node = await world.start(name, async (process) => {
        const made = await process.node({ ...options, middleware: { outgoing: outgoing() }, reconnectDelay: 100 });
        const peer = await connected(world, name, () => made.connect('sim:server', { maxReconnectAttempts: 1_000 }));
        watch(world, peer);
        const remote = withOptions(await peer.queryInterface<Ledger>('ledger'), { timeout });
        const links = new Map<unknown, string>();
        const work = async (): Promise<void> => {
          for (let step = 0; step < 12 && process.alive; step += 1) {
            count += 1;
            const entry: Entry = { id: `${name} ${process.run} ${count}`, effects: 0, outcome: undefined };
            entries.set(entry.id, entry);
            const link = peer.link;
            if (!links.has(link)) links.set(link, `${name} ${process.run} ${links.size}`);
            number += 1;
            const kind = world.random.integer(0, 3);
            // Without a link it waits for the next one, whose number is not known.
            const call =
              kind < 2 && peer.state === 'ready'
                ? remote.add(entry.id, links.get(link) as string, number)
                : kind === 3
                  ? remote.fail(entry.id)
                  : remote.slow(entry.id, world.random.integer(1, 6_000));
            await judged(world, process, entry, call, kind === 3);
            await world.sleep(world.random.integer(0, 1_500));
          }
        };
        await Promise.all([work(), work(), work()]);
        return peer;
      });
      void node;
    };
    // A client that was killed starts anew and does its work; nobody waits for the one that was.
    const begun = ['one', 'two'].map((name) => client(name));
    await Promise.race([world.wait('the work of the clients', Promise.all(begun)), world.sleep(120_000)]);
    world.calm();
    await world.sleep(recovery);
    for (const name of ['one', 'two']) await reaches(world, name);
    // A new run of a program with the same id is let in at once.
    world.apply({ at: world.clock.now(), kind: 'restart', process: 'one', ms: 100 });
    await world.sleep(5_000);
    await reaches(world, 'one');
    for (const { id, effects, outcome } of entries.values()) {
      if ((outcome === 'ok' || outcome === 'ran') && effects !== 1) throw new Error(`${id}: ${outcome}, ${effects} effects`);
      if (outcome === 'not_run' && effects !== 0) throw new Error(`${id}: not_run, but it did`);
    }
  };
}

/** Connects, however often the server is away. */
export async function connected(world: World, name: string, connect: () => Promise<RemotePeer>): Promise<RemotePeer> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await world.wait(`${name} connects`, connect());
    } catch (error) {
      if (attempt === 20) throw error;
      await world.sleep(1_000);
    }
  }
}

/** Nobody waits for a connection that is there. */
export function watch(world: World, peer: RemotePeer): void {
  world.always('no call waits while there is a connection', () => peer.state !== 'ready' || peer.load.callsWaiting === 0);
}

/** After all faults a client reaches the server, at once and on the connection that it has. */
async function reaches(world: World, name: string): Promise<void> {
  const [node] = world.process(name).nodes;
  const peer = node?.peers.get('server');
  if (peer === undefined || peer.state !== 'ready') throw new Error(`${name} has no connection to the server (${peer?.state})`);
  const [server] = world.process('server').nodes;
  if (server?.peers.get(name) === undefined) throw new Error(`the server does not know ${name}`);
}

/** Waits for a call and judges how it ended. */
async function judged(
  world: World,
  process: SimulatedProcess,
  entry: Entry,
  call: Promise<string>,
  fails: boolean,
): Promise<void> {
  const start = world.clock.now();
  try {
    const result = await world.wait(entry.id, call);
    if (fails) throw new Error(`${entry.id} should have failed`);
    if (result !== entry.id) throw new Error(`${entry.id} was answered ${result}`);
    entry.outcome = 'ok';
  } catch (error) {
    const { code, message } = error as NetronError;
    entry.outcome = outcomeOf(error as Error);
    const expected = fails && error instanceof RangeError && message === entry.id;
    if (!expected && !['unknown_outcome', 'deadline_exceeded', 'unavailable'].includes(code)) throw error;
  }
  const paused = world.faults.reduce((sum, fault) => sum + (fault.kind === 'pause' ? fault.ms : 0), 0);
  const took = world.clock.now() - start;
  if (process.alive && took > timeout + slack + paused) throw new Error(`${entry.id} took ${took} ms`);
}
