import { describe, expect, it } from 'vitest';
import { RecordedOutbox } from '../../../test/recorded-outbox.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { Ticker } from '../../util/ticker.js';
import { Heartbeat } from './heartbeat.js';

/** A heartbeat of 10 s, and the reason for which it has cut the connection. */
function heartbeat() {
  const clock = new VirtualClock();
  const recorded = new RecordedOutbox();
  const beats = new Ticker(clock, 1_000);
  const lost: string[] = [];
  const link = {
    node: { beats, clock, heartbeatInterval: 10_000 },
    outbox: recorded.outbox,
    interrupt: ({ message }: Error) => {
      lost.push(message);
      return false;
    },
  };
  const beat = new Heartbeat(link);
  /** Returns the numbers of the pings since the last call. */
  const pings = () => recorded.packets().flatMap((packet) => (packet.kind === 'ping' ? packet.number : []));
  /** Measures the round trip once: the answer takes `ms`. */
  const measure = async (ms: number) => {
    beat.lineLength(clock.now());
    await clock.advance(ms);
    beat.pong(pings().at(-1) as number);
    await clock.advance(200);
  };
  return { clock, recorded, beats, beat, lost, pings, measure };
}

describe('a heartbeat', () => {
  it('sends no ping while messages arrive', async () => {
    const { clock, beat, pings, lost } = heartbeat();
    for (let second = 0; second < 60; second += 1) {
      beat.heard = true;
      await clock.advance(1_000);
    }
    expect([pings(), lost]).toEqual([[], []]);
  });

  it('pings after one interval of silence and cuts the connection within two', async () => {
    const { clock, pings, lost } = heartbeat();
    await clock.advance(10_000);
    expect([pings(), lost]).toEqual([[], []]);
    await clock.advance(1_000);
    expect(pings()).toEqual([1]);
    await clock.advance(9_000);
    expect([pings(), lost]).toEqual([[], ['the peer was silent for 19000 ms']]);
  });

  it('keeps the connection when the ping is answered', async () => {
    const { clock, beat, pings, lost } = heartbeat();
    await clock.advance(12_000);
    beat.heard = true;
    await clock.advance(10_000);
    expect([pings(), lost]).toEqual([[1], []]);
  });

  it('does not count the sleep of its own process as silence', async () => {
    const { clock, lost, pings } = heartbeat();
    await clock.advance(11_000);
    clock.sleep(100_000);
    await clock.advance(3_000);
    expect([pings(), lost]).toEqual([[1], []]);
    await clock.advance(3_000);
    expect(lost).toHaveLength(1);
  });

  it('cuts a stalled connection when no byte leaves for 10 s', async () => {
    const { clock, beat, recorded, lost } = heartbeat();
    recorded.connection.pending = 500;
    beat.stall();
    await clock.advance(10_000);
    expect(lost).toEqual([]);
    await clock.advance(1_000);
    expect(lost).toEqual(['the peer has not read for 10000 ms']);
  });

  it('keeps a stalled connection while bytes leave, even when the other end is silent', async () => {
    const { clock, beat, recorded, lost } = heartbeat();
    recorded.connection.pending = 500;
    beat.stall();
    for (let time = 0; time < 6; time += 1) {
      await clock.advance(9_000);
      recorded.connection.pending -= 1;
    }
    beat.flowing();
    await clock.advance(5_000);
    expect(lost).toEqual([]);
  });

  it('limits the pings that are answered between two ticks', async () => {
    const { clock, beat } = heartbeat();
    expect([beat.mayAnswer(2), beat.mayAnswer(2), beat.mayAnswer(2)]).toEqual([true, true, false]);
    await clock.advance(1_000);
    expect(beat.mayAnswer(2)).toBe(true);
  });

  it('probes the other end once for concurrent requests', async () => {
    const { clock, beat, pings } = heartbeat();
    const asked = [beat.probe(500), beat.probe(500)];
    expect(pings()).toEqual([1]);
    beat.pong(2);
    expect(beat.roundTrip).toBeUndefined();
    beat.pong(1);
    expect([await Promise.all(asked), beat.roundTrip]).toEqual([[true, true], 0]);
    expect(await beat.probe(500)).toBe(true);
    expect(pings()).toEqual([]);
    await clock.advance(1_000);
    const silent = beat.probe(500);
    await clock.advance(500);
    expect(await silent).toBe(false);
  });

  it('caughtUp waits for the answer to a ping sent after it was called', async () => {
    const { beat, pings } = heartbeat();
    const before = beat.probe(500);
    let caughtUp = false;
    const waiting = beat.caughtUp(500).then(() => {
      caughtUp = true;
    });
    beat.pong(1);
    await before;
    await new Promise((resolve) => setImmediate(resolve));
    expect([caughtUp, pings().at(-1)]).toEqual([false, 2]);
    beat.pong(2);
    await waiting;
  });

  it('caughtUp ends in time, whatever longer probe is pending', async () => {
    const { beat, clock } = heartbeat();
    const probed = beat.probe(5_000);
    let caughtUp = false;
    void beat.caughtUp(500).then(() => {
      caughtUp = true;
    });
    await clock.advance(499);
    expect(caughtUp).toBe(false);
    await clock.advance(1);
    expect(caughtUp).toBe(true);
    beat.pong(1);
    expect(await probed).toBe(true);
    const again = beat.probe(0).then(() => beat.caughtUp(500));
    await clock.advance(500);
    await again;
  });

  it('caughtUp also waits for long messages on request: pings pass between their parts', async () => {
    const { beat, clock, pings, recorded } = heartbeat();
    let leave = (): void => {};
    recorded.outbox.behind = (action) => {
      leave = action;
    };
    let caughtUp = false;
    const waiting = beat.caughtUp(500, true).then(() => {
      caughtUp = true;
    });
    await Promise.resolve();
    beat.lineLength(clock.now());
    expect(pings()).toEqual([1]);
    beat.pong(1);
    await Promise.resolve();
    expect(caughtUp).toBe(false);
    leave();
    expect(pings()).toEqual([2]);
    beat.pong(2);
    await waiting;
    const silent = beat.caughtUp(500, true);
    await clock.advance(500);
    await silent;
  });

  it('measures the line as the shortest of at least three round trips', async () => {
    const { clock, beat, measure } = heartbeat();
    for (const ms of [30, 20]) await measure(ms);
    expect(beat.lineLength(clock.now())).toBeUndefined();
    await measure(25);
    expect([beat.lineLength(clock.now()), beat.roundTrip]).toEqual([20, 25]);
  });

  it('reports no line length while the last round trip took much longer', async () => {
    const { clock, beat, measure } = heartbeat();
    for (const ms of [20, 20, 20, 50]) await measure(ms);
    expect(beat.lineLength(clock.now())).toBeUndefined();
    await measure(20);
    expect(beat.lineLength(clock.now())).toBe(20);
  });

  it('measures the round trip every 200 ms at most, and never while a ping is pending', async () => {
    const { clock, beat, pings } = heartbeat();
    for (let time = 0; time < 40; time += 1) {
      beat.lineLength(clock.now());
      await clock.advance(10);
    }
    expect(pings()).toEqual([1]);
    beat.pong(1);
    for (let time = 0; time < 40; time += 1) {
      beat.lineLength(clock.now());
      beat.pong(pings()[0] ?? 0);
      await clock.advance(10);
    }
    expect(beat.roundTrip).toBe(0);
    expect(pings()).toEqual([]);
    beat.lineLength(clock.now());
    expect(pings()).toEqual([4]);
  });

  it('removes its ticker and answers pending probes when it is stopped', async () => {
    const { beats, beat } = heartbeat();
    const asked = beat.probe(500);
    beat.stop();
    expect([await asked, beats.size]).toEqual([false, 0]);
  });
});
