import { expect, it } from 'vitest';
import { systemScheduler } from '../util/scheduler.js';
import type { WatchedLink } from './link/watch-link.js';
import { isIdle, type WatchedPeer, whenIdle } from './when-idle.js';

/** A peer with one link, whose state the test sets. */
function watched() {
  const connected = new Set<() => void>();
  const link = (): WatchedLink => ({ outbox: { watchers: undefined } });
  const state = {
    state: 'ready' as WatchedPeer['state'],
    links: [link()],
    streams: [] as unknown[],
    references: [] as unknown[],
    busy: true,
    looks: 0,
    isBusy(): boolean {
      state.looks += 1;
      return state.busy;
    },
    on: (_event: 'connected', listener: () => void) => {
      connected.add(listener);
      return () => connected.delete(listener);
    },
  };
  return {
    state,
    link,
    /** Notifies the watchers of a link, as a message does. */
    moved: async (at = state.links[0]) => {
      at?.outbox.watchers?.changed();
      await systemScheduler.idle();
    },
    connect: async () => {
      for (const listener of connected) listener();
      await systemScheduler.idle();
    },
  };
}

it('a peer is idle when nothing is in progress and nothing is held', () => {
  const { state } = watched();
  expect(isIdle(state)).toBe(false);
  state.busy = false;
  expect(isIdle(state)).toBe(true);
  state.streams.push('a stream');
  expect(isIdle(state)).toBe(false);
  state.streams.pop();
  state.references.push('a reference');
  expect(isIdle(state)).toBe(false);
});

it('reports once when the peer has become idle, and checks only after changes', async () => {
  const { state, moved } = watched();
  let told = 0;
  whenIdle(state, systemScheduler, () => (told += 1));
  await systemScheduler.idle();
  expect([told, state.looks]).toEqual([0, 1]);
  await moved();
  await systemScheduler.idle();
  expect([told, state.looks]).toEqual([0, 2]);
  state.busy = false;
  await moved();
  expect(told).toBe(1);
  await moved();
  expect([told, state.looks]).toEqual([1, 3]);
});

it('checks once after several messages of a turn', async () => {
  const { state, moved } = watched();
  whenIdle(state, systemScheduler, () => {});
  await systemScheduler.idle();
  const all = [moved(), moved(), moved()];
  await Promise.all(all);
  expect(state.looks).toBe(2);
});

it('watches later links as well', async () => {
  const { state, link, moved, connect } = watched();
  let told = 0;
  whenIdle(state, systemScheduler, () => (told += 1));
  const next = link();
  state.links.push(next);
  await connect();
  state.busy = false;
  await moved(next);
  expect(told).toBe(1);
});

it('reports a closed peer, and nothing once canceled', async () => {
  const told: string[] = [];
  const one = watched();
  whenIdle(one.state, systemScheduler, () => told.push('one'));
  const other = watched();
  const giveUp = whenIdle(other.state, systemScheduler, () => told.push('other'));
  giveUp();
  one.state.state = 'closed';
  await one.moved();
  other.state.state = 'closed';
  await other.moved();
  await other.connect();
  expect(told).toEqual(['one']);
});
