/** Events under faults: in order, none twice, and a subscription lives as long as it is wanted. */
import type { FaultPlan, Scenario } from '../../src/testing.js';
import { connected } from './calls.js';

export const eventFaults: FaultPlan = { most: 5, within: 20_000, longest: 6_000 };

/** Milliseconds between two events. */
const pace = 400;

export const events: Scenario = async (world) => {
  let number = 0;
  let stopFeeding = false;
  await world.start('server', async (process) => {
    const server = await process.node({ remoteEvents: true });
    const tick = (): void => {
      if (stopFeeding) return;
      number += 1;
      server.publish('tick', number);
      process.clock.setTimeout(tick, pace, true);
    };
    process.clock.setTimeout(tick, pace, true);
  });
  const client = await world.node('client', { reconnectDelay: 100 });
  const peer = await connected(world, 'client', () => client.connect('sim:server', { maxReconnectAttempts: 1_000 }));
  const heard = { last: 0, count: 0, at: 0 };
  let failure: string | undefined;
  const listen = (data: unknown): void => {
    const tick = data as number;
    if (tick <= heard.last) failure ??= `event ${tick} came after ${heard.last}`;
    heard.last = tick;
    heard.count += 1;
    heard.at = world.clock.now();
  };
  world.always('events come in order, once', () => failure ?? true);
  const end = await world.wait('subscribe', peer.subscribe('tick', listen));
  // A second subscription comes and goes.
  let extra = 0;
  let wanted = false;
  world.always('nothing is heard by who has ended the subscription', () => wanted || extra === 0);
  const comeAndGo = async (): Promise<void> => {
    for (let round = 0; round < 5; round += 1) {
      wanted = true;
      const off = await peer.subscribe('tick', () => {
        extra += 1;
      });
      await world.sleep(world.random.integer(100, 3_000));
      await off();
      wanted = false;
      extra = 0;
      await world.sleep(world.random.integer(100, 2_000));
    }
  };
  await Promise.all([world.wait('subscriptions', comeAndGo().catch(allowed)), world.sleep(25_000)]);
  world.calm();
  await world.sleep(60_000);
  if (world.clock.now() - heard.at > 2_000) throw new Error(`nothing was heard for ${world.clock.now() - heard.at} ms`);
  await end();
  const { count } = heard;
  await world.sleep(5_000);
  if (heard.count !== count) throw new Error('events came after the end of the subscription');
  const { subscriptions } = world.process('server').nodes[0]?.peers.get('client')?.load ?? {};
  if (subscriptions !== 0) throw new Error(`the server keeps ${subscriptions} subscriptions`);
  stopFeeding = true;
};

/** A loss of the connection is none of a subscription. */
function allowed(error: { code?: string }): void {
  if (error.code !== 'deadline_exceeded') throw error;
}
