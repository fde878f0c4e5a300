/** Revocations over the events of the cluster: an event makes them quick, comparing makes them certain. */
import type { Clock, Netron, NetronOptions } from '@omnitron-dev/netron';
import type { Revocation, Revocations } from '@omnitron-dev/netron-auth/identity';

/** Event that carries revocations and their times, and, where they are part of an answer, the digest of the list. */
const revoked = 'auth:revoked';
/** Event that carries the digest of what a node keeps. */
const compared = 'auth:revocations';
/** Milliseconds between two digests of a node. */
const interval = 2_000;
/** Longest wait, in milliseconds, before a node whose digest differs answers: one answer is enough for all. */
const longestWait = 1_000;
/** The same after many answers to one digest that have changed nothing, as when a list is full. */
const longestOfAll = 60_000;
/** Digests of other nodes whose answers are counted. */
const mostCounted = 100;
/** Characters of an id or a digest. */
const longestText = 256;
/** Characters of the ids in one event. */
const longest = 65_536;

/** Patterns of `remoteEvents` that let other nodes of a mesh hear both. */
const patterns = ['auth:*', 'auth:**', '**'];

/** Whether the events of a node reach others, these two included: a mesh hears what `remoteEvents` tells every peer. */
export function sharesRevocations({ events, remoteEvents = false }: NetronOptions): boolean {
  if (events?.cluster === undefined) return false;
  if (events.cluster !== 'mesh') return true;
  return typeof remoteEvents === 'boolean' ? remoteEvents : remoteEvents.some((pattern) => patterns.includes(pattern));
}

type Entry = readonly [Revocation, number];

/** Members of the node that sharing uses. */
type EventNode = Pick<Netron, 'publish' | 'subscribe'>;

/**
 * Keeps the revocations of this node and those of other nodes the same. Each revocation is published at once. Every two seconds a node
 * publishes a digest of its list; nodes whose lists differ publish theirs, so that what was lost with a connection, or was
 * revoked before a node came, gets there as well.
 */
export class SharedRevocations {
  readonly #node: EventNode;
  readonly #list: Revocations;
  readonly #clock: Clock;
  readonly #ends: (() => void)[];
  #fromOthers = false;
  #timer: unknown;
  /** Timer of an answer that is due. */
  #answer: unknown;
  /** Moment, on the monotonic clock, of that answer. */
  #due = 0;
  /** Answers that the digests of others got, while the list was as it is. */
  readonly #answered = new Map<string, number>();

  constructor(node: EventNode, list: Revocations, clock: Clock) {
    this.#node = node;
    this.#list = list;
    this.#clock = clock;
    this.#ends = [
      list.on((revocation, at) => {
        this.#answered.clear();
        if (!this.#fromOthers) this.#publish(revoked, { entries: [[revocation, at]] });
      }),
      node.subscribe(revoked, (data: unknown) => this.#hear(data)),
      node.subscribe(compared, (digest: unknown) => this.#compare(digest)),
    ];
    this.#wait();
  }

  /** Ends sharing; the list stays as it is. */
  close(): void {
    for (const end of this.#ends) end();
    this.#clock.clearTimeout(this.#timer);
    this.#clock.clearTimeout(this.#answer);
  }

  #wait(): void {
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#publish(compared, this.#digest());
        this.#wait();
      },
      interval,
      true,
    );
  }

  #compare(digest: unknown): void {
    if (typeof digest !== 'string' || digest.length > longestText) return;
    if (this.#list.size === 0 || digest === this.#digest()) return;
    const times = this.#answered.get(digest) ?? 0;
    const wait = Math.random() * Math.min(longestWait * 2 ** times, longestOfAll);
    const due = this.#clock.now() + wait;
    // One answer is for all: the first that is due.
    if (this.#answer !== undefined && this.#due <= due) return;
    if (this.#answered.size >= mostCounted) this.#answered.clear();
    this.#answered.set(digest, times + 1);
    this.#clock.clearTimeout(this.#answer);
    this.#due = due;
    this.#answer = this.#clock.setTimeout(() => this.#tellAll(), wait, true);
  }

  #hear(data: unknown): void {
    const { entries, digest } = (data ?? {}) as { readonly entries?: unknown; readonly digest?: unknown };
    if (!Array.isArray(entries)) return;
    for (const entry of entries) this.#apply(entry);
    // A node with the same list has answered.
    if (this.#answer === undefined || digest !== this.#digest()) return;
    this.#clock.clearTimeout(this.#answer);
    this.#answer = undefined;
  }

  #apply(entry: unknown): void {
    const [given, at] = Array.isArray(entry) ? entry : [];
    const revocation = revocationIn(given);
    if (!revocation || !Number.isFinite(at)) return;
    this.#fromOthers = true;
    try {
      this.#list.revoke(revocation, at as number);
    } catch {
      // The list has as many as it keeps; its `overflowed` says so.
    } finally {
      this.#fromOthers = false;
    }
  }

  #tellAll(): void {
    this.#answer = undefined;
    const digest = this.#digest();
    for (const entries of pages(this.#list.entries())) this.#publish(revoked, { entries, digest });
  }

  /** Number and sum of times: the same for two lists with the same entries. */
  #digest(): string {
    let [count, sum] = [0, 0];
    for (const [, at] of this.#list.entries()) {
      count += 1;
      sum = (sum + at) % Number.MAX_SAFE_INTEGER;
    }
    return `${count} ${sum}`;
  }

  #publish(event: string, data: unknown): void {
    this.#node.publish(event, data);
  }
}

/** Reads a revocation that another node has sent; anything else is `undefined`. */
function revocationIn(given: unknown): Revocation | undefined {
  const { tokenId, userId } = (given ?? {}) as Record<string, unknown>;
  const fits = (id: unknown): id is string => typeof id === 'string' && id.length <= longestText;
  if (fits(tokenId)) return { tokenId };
  return fits(userId) ? { userId } : undefined;
}

function* pages(entries: Iterable<Entry>): Generator<Entry[]> {
  let page: Entry[] = [];
  let length = 0;
  for (const entry of entries) {
    // An entry has some twenty characters besides its id.
    length += 20 + Object.values(entry[0]).join('').length;
    page.push(entry);
    if (length < longest) continue;
    yield page;
    [page, length] = [[], 0];
  }
  if (page.length > 0) yield page;
}
