/** News of the server, as all tabs get them, and what a tab wants to hear of. */
import type { ServerEvent } from './read-events.js';

/** Tags that went out of date, or the beginning of a subscription. */
export interface News {
  readonly kind: 'ready' | 'reset' | 'outdated';
  /** Name of the server's log, and the position in it. */
  readonly log: string;
  readonly position: number;
  /** Positions by tag. */
  readonly tags: ReadonlyMap<string, number>;
  /** Milliseconds over which clients spread what they do about it. */
  readonly within: number;
  /** Sealed tags that are listened to. */
  readonly listening: readonly string[];
}

/** Tags that a tab wants to hear of. */
export interface Wish {
  /** With seals; the most wanted first. */
  readonly tags: readonly string[];
  /** Position up to which everything is known; `undefined` when it does not matter. */
  readonly cursor: string | undefined;
}

/** Source of news for one tab. */
export interface NewsSource {
  /** Says what this tab wants to hear of, in place of what it said before; no tags: nothing any more. */
  want(wish: Wish): void;
  /** Position up to which everything is known; `undefined` before the first news. */
  readonly cursor: string | undefined;
  /** The network may be back. */
  wake(): void;
  close(): void;
}

/** Reads an event; `undefined` for what is none of ours. */
export function newsOf({ event, id, data }: ServerEvent, listening: readonly string[]): News | undefined {
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

/** Reads a position `<log>.<number>`. */
export function positionOf(cursor: string): { readonly log: string; readonly position: number } {
  const at = cursor.lastIndexOf('.');
  const position = Number(cursor.slice(at + 1));
  return at > 0 && Number.isSafeInteger(position) ? { log: cursor.slice(0, at), position } : { log: '', position: 0 };
}

/** The earlier of two positions of one log; of different logs the first. */
export function earlier(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const [a, b] = [positionOf(one), positionOf(other)];
  return a.log === b.log && b.position < a.position ? other : one;
}
