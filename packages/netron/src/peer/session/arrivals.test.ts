import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { Ticker } from '../../util/ticker.js';
import { kinds } from '../../wire/packets.js';
import { Arrivals } from './arrivals.js';

function arrivals() {
  const clock = new VirtualClock();
  const acknowledged: number[] = [];
  const session = { carried: true, acknowledge: (count: number) => void acknowledged.push(count) };
  const made = new Arrivals(new Ticker(clock, 100), session);
  const arrive = (message: Uint8Array): void => made.add(made.arrived(message));
  return { arrivals: made, arrive, clock, acknowledged, session };
}

const message = (length = 20): Uint8Array => new Uint8Array(length).fill(kinds.call);
const ack = Uint8Array.of(kinds.ack, 5);

describe('messages of a session that have arrived', () => {
  it('are acknowledged together with the next tick', async () => {
    const { arrive, clock, acknowledged } = arrivals();
    arrive(message());
    arrive(message());
    expect(acknowledged).toEqual([]);
    await clock.advance(100);
    expect(acknowledged).toEqual([2]);
    await clock.advance(1_000);
    expect(acknowledged).toEqual([2]);
  });

  it('are acknowledged at once when they are many', () => {
    const { arrive, acknowledged } = arrivals();
    for (let count = 0; count < 31; count++) arrive(message());
    expect(acknowledged).toEqual([]);
    arrive(message());
    expect(acknowledged).toEqual([32]);
  });

  it('are acknowledged at once when they are long', () => {
    const { arrive, acknowledged } = arrivals();
    arrive(message(64 * 1024 - 1));
    expect(acknowledged).toEqual([]);
    arrive(message(1));
    expect(acknowledged).toEqual([2]);
  });

  it('are acknowledged after a quarter of what the other end keeps, from 64 to 256 KiB', () => {
    for (const [kept, least] of [
      [64, 64],
      [512, 128],
      [1_024, 256],
      [65_536, 256],
    ] as const) {
      const { arrivals: made, arrive, acknowledged } = arrivals();
      made.otherKeeps(kept * 1_024);
      arrive(message(least * 1_024 - 1));
      expect(acknowledged).toEqual([]);
      arrive(message(1));
      expect(acknowledged).toEqual([2]);
    }
  });

  it('count, but need no answer, when they hold an acknowledgement alone', async () => {
    const { arrivals: made, arrive, clock, acknowledged } = arrivals();
    for (let count = 0; count < 40; count++) arrive(ack);
    await clock.advance(1_000);
    expect([made.count, acknowledged]).toEqual([40, []]);
    arrive(Uint8Array.of(...ack, ...message(10)));
    await clock.advance(100);
    expect(acknowledged).toEqual([41]);
  });

  it('are not acknowledged without a connection, or when the other end knows', async () => {
    const { arrivals: made, arrive, clock, acknowledged, session } = arrivals();
    session.carried = false;
    arrive(message());
    await clock.advance(1_000);
    expect(acknowledged).toEqual([]);
    session.carried = true;
    arrive(message());
    made.acknowledged();
    await clock.advance(1_000);
    expect(acknowledged).toEqual([]);
  });

  it('are not acknowledged any more once the session has ended', async () => {
    const { arrivals: made, arrive, clock, acknowledged } = arrivals();
    arrive(message());
    made.close();
    await clock.advance(1_000);
    expect(acknowledged).toEqual([]);
  });
});
