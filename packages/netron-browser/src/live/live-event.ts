/** Events of the server as all tabs receive them, and the subscription of a tab. */
import { positionOf } from '../util/positions.js';
import type { ServerEvent } from './read-events.js';

/** Invalidated tags, or the beginning of a subscription. */
export interface LiveEvent {
  readonly kind: 'ready' | 'reset' | 'outdated';
  /** Name of the server's log, and the position in it. */
  readonly log: string;
  readonly position: number;
  /** Positions by tag. */
  readonly tags: ReadonlyMap<string, number>;
  /** Milliseconds over which clients spread their reaction. */
  readonly within: number;
  /** Sealed tags of the subscription. */
  readonly listening: readonly string[];
}

/** The tags that a tab subscribes to. */
export interface Subscription {
  /** With seals, the most important first. */
  readonly tags: readonly string[];
  /** Position up to which everything is known; `undefined` when it does not matter. */
  readonly cursor: string | undefined;
}

/** Source of events for one tab. */
export interface LiveEventSource {
  /** Replaces the subscription of this tab; no tags end it. */
  subscribe(subscription: Subscription): void;
  /** Position up to which everything is known; `undefined` before the first event. */
  readonly cursor: string | undefined;
  /** Reconnects: the network may be back. */
  wake(): void;
  close(): void;
}

/** Parses an event; returns `undefined` when its kind is unknown. */
export function liveEventOf({ event, id, data }: ServerEvent, listening: readonly string[]): LiveEvent | undefined {
  if (event !== 'ready' && event !== 'reset' && event !== 'outdated') return undefined;
  const { log, position } = positionOf(id);
  if (log === '') return undefined;
  const { tags, within } = (typeof data === 'object' && data !== null ? data : {}) as { tags?: object; within?: unknown };
  const positions = Object.entries(tags ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return {
    kind: event,
    log,
    position,
    tags: new Map(positions),
    within: typeof within === 'number' && within > 0 ? Math.min(within, 60_000) : 0,
    listening,
  };
}

/** Returns the earlier of two positions of one log; for different logs, the first argument. */
export function earlier(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const [a, b] = [positionOf(one), positionOf(other)];
  return a.log === b.log && b.position < a.position ? other : one;
}
