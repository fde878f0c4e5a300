import { describe, expect, it } from 'vitest';
import { NetronError } from '../errors/netron-error.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { askUntilAnswered, withinCall } from './asking.js';

const lost = () => new NetronError('unknown_outcome', 'the connection was lost');

/** A peer with a link in use; the next one accepts calls 100 ms later. */
function asked() {
  const clock = new VirtualClock();
  const waits: (number | undefined)[] = [];
  const peer = {
    node: { clock, requestTimeout: 1_000 },
    accepting: true,
    link: { open: true } as { open: boolean } | undefined,
    ready: (options: { timeout?: number } | undefined) => {
      waits.push(options?.timeout);
      return new Promise<{ open: boolean }>((resolve) => clock.setTimeout(() => resolve({ open: true }), 100));
    },
  };
  return { clock, peer, waits };
}

describe('a question', () => {
  it('is asked at once on the link in use', async () => {
    const { peer, waits } = asked();
    let links = 0;
    const answer = askUntilAnswered(peer, async (link) => {
      links += link === peer.link ? 1 : 0;
      return 'yes';
    });
    expect(links).toBe(1);
    expect([await answer, waits]).toEqual(['yes', []]);
  });

  it('is asked again on the next link when the one before was lost, with the time that is left', async () => {
    const { clock, peer, waits } = asked();
    let times = 0;
    const answer = askUntilAnswered(peer, async (link) => {
      times += 1;
      if (times === 3) return 'yes';
      peer.accepting = false;
      link.open = false;
      throw lost();
    });
    expect([await clock.settle(answer), waits]).toEqual(['yes', [1_000, 900]]);
  });

  it('is asked again although the link took all the time of a call until it was lost', async () => {
    const { clock, peer, waits } = asked();
    let times = 0;
    const answer = askUntilAnswered(peer, async (link) => {
      times += 1;
      if (times === 2) return 'yes';
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 1_000));
      peer.accepting = false;
      link.open = false;
      throw lost();
    });
    expect([await clock.settle(answer), waits]).toEqual(['yes', [1_000]]);
  });

  it('fails with an error other than a loss, with a loss while the link is open, and when its time is up', async () => {
    const { clock, peer } = asked();
    await expect(askUntilAnswered(peer, () => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
    await expect(askUntilAnswered(peer, () => Promise.reject(lost()))).rejects.toMatchObject({ code: 'unknown_outcome' });
    const late = askUntilAnswered(peer, async (link) => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 2_000));
      peer.accepting = false;
      link.open = false;
      throw lost();
    });
    await expect(clock.settle(late)).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: 'the connection was lost; no other connection within 1000 ms',
      cause: { code: 'unknown_outcome' },
    });
  });
});

describe('work within the bounds of a call', () => {
  it('is awaited without a timer when the call has no bounds', async () => {
    const clock = new VirtualClock();
    expect([await withinCall(Promise.resolve(1), {}, clock, 'it'), clock.size]).toEqual([1, 0]);
  });

  it('ends with the call, and leaves nothing behind', async () => {
    const clock = new VirtualClock();
    const never = new Promise<never>(() => {});
    await expect(clock.settle(withinCall(never, { timeout: 50 }, clock, "service 'shop'"))).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: "service 'shop' was not found within 50 ms",
    });
    const stop = new AbortController();
    const canceled = withinCall(never, { timeout: 50, signal: stop.signal }, clock, "service 'shop'");
    stop.abort('enough');
    await expect(canceled).rejects.toMatchObject({ code: 'canceled', cause: 'enough' });
    expect([await withinCall(Promise.resolve(2), { timeout: 50 }, clock, 'it'), clock.size]).toEqual([2, 0]);
  });
});
