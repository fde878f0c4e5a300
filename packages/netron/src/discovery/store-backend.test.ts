import { describe, expect, it } from 'vitest';
import { quiet } from '../../test/integration/nodes.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import type { BackendHost } from './backend.js';
import type { NodeInfo } from './node-info.js';
import { type Store, type StoreBackendOptions, type StoreHost, storeBackend } from './store-backend.js';

function setUp(
  store: Partial<Store> = {},
  addresses: readonly string[] = ['tcp://10.0.0.1:1', 'unix:/tmp/a'],
  options?: StoreBackendOptions,
) {
  const clock = new VirtualClock();
  const said: string[] = [];
  const own: NodeInfo = { id: 'a', instance: 'i', started: 0, addresses, status: 'up', labels: {}, weight: 1 };
  const host: BackendHost = {
    view: {
      replace: (all) => void said.push(`replace ${[...all].length}`),
      put: (record) => void said.push(`put ${String(record)}`),
      remove: (id) => void said.push(`remove ${id}`),
      check: () => true,
      refuse: (reason, count) => void said.push(`refuse ${count}: ${reason}`),
      up: () => void said.push('up'),
      down: (error) => void said.push(`down ${error.message}`),
    },
    own: () => own,
    listen: async () => ({ address: '', close: async () => {} }),
    conflict: (other) => void said.push(`conflict ${other}`),
    clock,
    random: () => 0.5,
    logger: quiet,
    interval: 1_000,
    ttl: 3_000,
    namespace: 'default',
  };
  let opened: StoreHost | undefined;
  const asked: boolean[] = [];
  const open = (given: StoreHost): Store => {
    opened = given;
    return {
      ...store,
      async beat(by) {
        asked.push(by);
        await store.beat?.(by);
      },
    };
  };
  const backend = storeBackend('test', open, options);
  return { backend, host, clock, said, asked, opened: () => opened as StoreHost };
}

describe('storeBackend', () => {
  it('beats at each interval, on an announcement, and on request', async () => {
    const { backend, host, clock, asked } = setUp();
    await backend.start(host);
    await clock.advance(2_500);
    expect(asked).toEqual([false, false, false]);
    backend.announce();
    await clock.advance(0);
    await backend.refresh();
    expect(asked.slice(3)).toEqual([false, true]);
    await backend.stop();
    await clock.advance(10_000);
    expect(asked.length).toBe(5);
  });

  it('beats once within a second when connections are lost, only if its store does not notify of changes', async () => {
    for (const askWhenLost of [true, false]) {
      const { backend, host, clock, asked } = setUp({}, undefined, { interval: 30_000, askWhenLost });
      await backend.start(host);
      for (let lost = 0; lost < 100; lost += 1) backend.lost?.();
      await clock.advance(1_000);
      expect(asked).toHaveLength(askWhenLost ? 2 : 1);
      await backend.stop();
      backend.lost?.();
      await clock.advance(1_000);
      expect(asked).toHaveLength(askWhenLost ? 2 : 1);
    }
  });

  it('a failed beat rejects the start, sets the state, and is tried again', async () => {
    let failure: Error | undefined = new Error('refused');
    const { backend, host, clock, said } = setUp({
      async beat() {
        if (failure !== undefined) throw failure;
      },
    });
    await expect(backend.start(host)).rejects.toThrow('refused');
    await backend.refresh();
    failure = undefined;
    await clock.advance(1_000);
    expect(said).toEqual(['down refused', 'down refused', 'up']);
    await backend.stop();
  });

  it('leaves at its stop, for a second at most, also when a beat never ends', async () => {
    let left = 0;
    let closed = 0;
    const hangs = new Promise<void>(() => {});
    let beat: Promise<void> = Promise.resolve();
    const { backend, host, clock, opened } = setUp({
      beat: () => beat,
      leave: async () => void (left += 1),
      close: () => void (closed += 1),
    });
    await backend.start(host);
    beat = hangs;
    backend.announce();
    const stopped = backend.stop();
    await clock.advance(999);
    expect([left, closed, opened().ended.aborted]).toEqual([0, 0, false]);
    await clock.advance(1);
    await stopped;
    await backend.stop();
    expect([left, closed, opened().ended.aborted]).toEqual([0, 1, true]);
    const quick = setUp({ leave: async () => void (left += 1) });
    await quick.backend.start(quick.host);
    await quick.backend.stop();
    expect(left).toBe(1);
  });

  it('does not leave a store that it has never reached', async () => {
    const { backend, host } = setUp({ beat: () => new Promise(() => {}), leave: () => Promise.reject(new Error('left')) });
    void backend.start(host);
    // The clock stands still, so there is no wait.
    await backend.stop();
  });

  it('after the stop the view receives nothing', async () => {
    const { backend, host, said, opened } = setUp();
    await backend.start(host);
    said.length = 0;
    await backend.stop();
    const { view } = opened();
    view.put('x');
    view.remove('x');
    view.replace([]);
    view.down(new Error('lost'));
    view.up();
    expect(said).toEqual([]);
  });

  it('announces only addresses of the network, and nothing without any or after a conflict, which is reported once', async () => {
    let left = 0;
    const { backend, host, said, opened } = setUp({ leave: async () => void (left += 1) });
    await backend.start(host);
    expect(opened().announcement()).toMatchObject({ id: 'a', instance: 'i', addresses: ['tcp://10.0.0.1:1'], services: [] });
    expect(JSON.parse(opened().announcement()?.record ?? '')).toMatchObject({ id: 'a', addresses: ['tcp://10.0.0.1:1'] });
    opened().conflict('other');
    opened().conflict('other');
    expect(said).toEqual(['up', 'conflict other']);
    expect(opened().announcement()).toBeUndefined();
    await backend.stop();
    expect(left).toBe(0);
    const unreachable = setUp({}, ['unix:/tmp/a']);
    await unreachable.backend.start(unreachable.host);
    expect(unreachable.opened().announcement()).toBeUndefined();
    await unreachable.backend.stop();
  });

  it('removes no node for two intervals after the store was emptied, and reports once when they are over', async () => {
    const { backend, host, clock, opened } = setUp();
    await backend.start(host);
    const { grace } = opened();
    expect([grace.active, grace.ended()]).toEqual([false, false]);
    grace.begin();
    await clock.advance(2_199);
    expect([grace.active, grace.ended()]).toEqual([true, false]);
    await clock.advance(1);
    expect([grace.active, grace.ended(), grace.ended()]).toEqual([false, true, false]);
    await backend.stop();
  });

  it('removes no node for two intervals after a failed beat: announcements of others may have expired meanwhile', async () => {
    let failure: Error | undefined;
    const active: boolean[] = [];
    const { backend, host, clock, opened } = setUp({
      async beat() {
        active.push(opened().grace.active);
        if (failure !== undefined) throw failure;
      },
    });
    await backend.start(host);
    failure = new Error('refused');
    await clock.advance(60_000);
    failure = undefined;
    active.length = 0;
    await clock.advance(4_000);
    expect(active).toEqual([true, true, true, false]);
    await backend.stop();
  });

  it('a request has a time limit, and ends with the node, even if it ignores its signal', async () => {
    const { backend, host, clock, opened } = setUp();
    await backend.start(host);
    const { inTime } = { inTime: opened().inTime.bind(opened()) };
    expect(await inTime(1_000, async () => 'answered')).toBe('answered');
    const signals: AbortSignal[] = [];
    const hang = (signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<never>(() => {});
    };
    const late = expect(inTime(1_000, hang)).rejects.toThrow('test did not answer within 1000 ms');
    await clock.advance(1_000);
    await late;
    const ended = expect(inTime(60_000, hang)).rejects.toThrow(/abort/i);
    await backend.stop();
    await ended;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(clock.size).toBe(0);
  });

  it('can be stopped before it was started, and twice', async () => {
    const { backend } = setUp();
    await backend.stop();
    await backend.stop();
  });
});
