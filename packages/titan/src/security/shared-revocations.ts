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

  constructor(node: EventNode, list: Revocations, clock: Clock) {
    this.#node = node;
    this.#list = list;
    this.#clock = clock;
    this.#ends = [
      list.on((revocation, at) => {
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
    if (this.#answer !== undefined || this.#list.size === 0 || digest === this.#digest()) return;
    this.#answer = this.#clock.setTimeout(() => this.#tellAll(), Math.random() * longestWait, true);
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
    const [revocation, at] = Array.isArray(entry) ? entry : [];
    if (!isRevocation(revocation) || !Number.isFinite(at)) return;
    this.#fromOthers = true;
    try {
      this.#list.revoke(revocation, at as number);
    } catch {
      // The list has as many as it keeps.
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

function isRevocation(given: unknown): given is Revocation {
  const { tokenId, userId } = (given ?? {}) as Record<string, unknown>;
  return typeof (tokenId ?? userId) === 'string';
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
