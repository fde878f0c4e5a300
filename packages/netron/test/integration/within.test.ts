/** The time of a repeat, which its callee is not told: everything that a call waits for keeps it, as it keeps `timeout`. */
import { describe, expect, it } from 'vitest';
import { type CallOptions, defineService, Netron, withOptions } from '../../src/index.js';
import type { RepeatOptions } from '../../src/service/call/options.js';
import { failure, loseConnections, nodes, quiet, settled } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

const service = defineService({
  name: 'work@1.0.0',
  methods: { hang: () => new Promise<string>(() => {}), quick: () => 'quick' },
});
type Work = typeof service;

/** Milliseconds after which a call fails with `deadline_exceeded`. */
async function lasts(clock: VirtualClock, call: () => Promise<unknown>): Promise<number> {
  const start = clock.now();
  let end: number | undefined;
  const failed = failure(call()).then((error) => {
    end = clock.now();
    expect(error).toMatchObject({ code: 'deadline_exceeded' });
  });
  while (end === undefined) {
    await settled();
    await clock.advance(10);
  }
  await failed;
  return Math.round((end - start) / 100) * 100;
}

const given: [string, RepeatOptions, number][] = [
  ['within', { within: 200 }, 200],
  ['the shorter of both', { within: 200, timeout: 900 }, 200],
  ['timeout where that is shorter', { within: 900, timeout: 200 }, 200],
  ['the time of the node where within is longer', { within: 90_000 }, 2_000],
];

describe.each(given)('a call has %s', (_, options: CallOptions, ms) => {
  it('to a peer that is disconnected', async () => {
    const clock = new VirtualClock();
    await using pair = await nodes({ services: [service], client: { clock, requestTimeout: 2_000, reconnectDelay: 600_000 } });
    const { peer, server } = pair;
    const remote = withOptions(await peer.queryInterface<Work>('work'), options);
    await server.stopListening();
    loseConnections(server);
    await settled();
    expect(peer.state).not.toBe('ready');
    expect(await lasts(clock, () => peer.call('work', 'quick', [], options))).toBe(ms);
    expect(await lasts(clock, () => remote.quick())).toBe(ms);
  });

  it('to its own node, and through an edge', async () => {
    const clock = new VirtualClock();
    await using node = await Netron.create({ logger: quiet, clock, requestTimeout: 2_000, stopTimeout: 0 });
    await node.peer.exposeService(service);
    const remote = withOptions(await node.peer.queryInterface<Work>('work'), options);
    const caller = { id: 'someone', identity: undefined, transport: 'test' };
    expect(await lasts(clock, () => node.peer.call('work', 'hang', [], options))).toBe(ms);
    expect(await lasts(clock, () => remote.hang())).toBe(ms);
    expect(await lasts(clock, () => node.dispatch({ service: 'work', method: 'hang', caller, ...options }))).toBe(ms);
  });
});
