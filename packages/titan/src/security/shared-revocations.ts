/** Revocations over the events of the cluster: events make them fast, comparison makes them reliable. */
import type { Clock, Netron, NetronOptions } from '@omnitron-dev/netron';
import type { Revocation, Revocations } from '@omnitron-dev/netron-auth/identity';

/** Event that carries revocations and their times, and, if they are part of an answer, the digest of the list. */
const revoked = 'auth:revoked';
/** Event that carries the digest of a node's list, and the id of its run. */
const compared = 'auth:revocations';
/** Milliseconds between two digests of a node. */
const interval = 2_000;
/** Milliseconds of silence after which a node is treated as new. */
const silence = 3 * interval;
/** Longest wait, in milliseconds, before a node whose digest differs answers: one answer is enough for all. */
const longestWait = 1_000;
/** The same after many answers to one digest without effect, as with a full list. */
const longestOfAll = 60_000;
/** Digests whose answers are counted. */
const maxDigests = 100;
/** Largest number of remembered runs of nodes. */
const maxRuns = 10_000;
/** Characters of an id or a digest. */
const longestText = 256;
/** Characters of the ids in one event. */
const longest = 65_536;

/** Patterns of `remoteEvents` that let other nodes receive both. */
const patterns = ['auth:*', 'auth:**', '**'];

/** Returns whether other nodes may receive these two events. */
export function sharesRevocations({ remoteEvents = false }: NetronOptions): boolean {
  if (typeof remoteEvents === 'boolean') return remoteEvents;
  return [revoked, compared].every((event) => remoteEvents.some((pattern) => pattern === event || patterns.includes(pattern)));
}

type Entry = readonly [Revocation, number];

/** Answers to one digest, while the list is unchanged. */
interface Answers {
  readonly times: number;
  /** Time, on the monotonic clock, of the earliest next one. */
  readonly until: number;
}

/** Members of the node that sharing uses. */
type EventNode = Pick<Netron, 'publish' | 'subscribe'>;

/**
 * Synchronizes the revocations of this node with those of other nodes. Each revocation is published at once. Every two
 * seconds a node publishes a digest of its list; nodes with different lists publish theirs, so that revocations lost with a
 * connection, or made before a node joined, arrive as well.
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
  /** Time of that answer, on the monotonic clock. */
  #due = 0;
  /** By digest. */
  readonly #answered = new Map<string, Answers>();
  /** Other nodes by the id of their run: the last digest, and the time of its receipt. The latest are at the end. */
  readonly #heard = new Map<string, { readonly digest: string; readonly at: number }>();
  /** Distinguishes this run from others of the same node: a restarted node does not know earlier answers. */
  readonly #run = crypto.randomUUID();

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

  /** Stops sharing; the list stays as it is. */
  close(): void {
    for (const end of this.#ends) end();
    this.#clock.clearTimeout(this.#timer);
    this.#clock.clearTimeout(this.#answer);
  }

  #wait(): void {
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#publish(compared, { digest: this.#list.digest, run: this.#run });
        this.#wait();
      },
      interval,
      true,
    );
  }

  #compare(data: unknown): void {
    const { digest, run } = (data ?? {}) as { readonly digest?: unknown; readonly run?: unknown };
    if (!fits(digest) || !fits(run)) return;
    const again = this.#saysAgain(run, digest);
    if (this.#list.size === 0 || digest === this.#list.digest) return;
    // Answers count for nodes that have received them.
    const { times, until } = (again ? this.#answered.get(digest) : undefined) ?? { times: 0, until: 0 };
    const now = this.#clock.now();
    if (now < until) return;
    const longest = Math.min(longestWait * 2 ** times, longestOfAll);
    put(this.#answered, digest, { times: times + 1, until: now + longest }, maxDigests);
    this.#answerAt(now + Math.random() * longest, now);
  }

  /** Whether a node has sent the same a short time ago. */
  #saysAgain(run: string, digest: string): boolean {
    const now = this.#clock.now();
    const before = this.#heard.get(run);
    put(this.#heard, run, { digest, at: now }, maxRuns);
    return before?.digest === digest && now - before.at < silence;
  }

  /** Schedules an answer, unless one is due earlier: one answer is for all. */
  #answerAt(due: number, now: number): void {
    if (this.#answer !== undefined && this.#due <= due) return;
    this.#clock.clearTimeout(this.#answer);
    this.#due = due;
    this.#answer = this.#clock.setTimeout(() => this.#tellAll(), due - now, true);
  }

  #hear(data: unknown): void {
    const { entries, digest } = (data ?? {}) as { readonly entries?: unknown; readonly digest?: unknown };
    if (!Array.isArray(entries)) return;
    for (const entry of entries) this.#apply(entry);
    // A node with the same list has answered.
    if (this.#answer === undefined || digest !== this.#list.digest) return;
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
      // The list is full; its `overflowed` reports that.
    } finally {
      this.#fromOthers = false;
    }
  }

  #tellAll(): void {
    this.#answer = undefined;
    const digest = this.#list.digest;
    for (const entries of pages(this.#list.entries())) this.#publish(revoked, { entries, digest });
  }

  #publish(event: string, data: unknown): void {
    this.#node.publish(event, data);
  }
}

/** Whether a value is a text that another node may send. */
const fits = (text: unknown): text is string => typeof text === 'string' && text.length <= longestText;

/** Adds an entry at the end of a table; beyond `most` entries, the first is removed. */
function put<V>(table: Map<string, V>, key: string, value: V, most: number): void {
  table.delete(key);
  table.set(key, value);
  if (table.size <= most) return;
  const [first = ''] = table.keys();
  table.delete(first);
}

/** Reads a revocation of another node; `undefined` for any other value. */
function revocationIn(given: unknown): Revocation | undefined {
  const { tokenId, userId } = (given ?? {}) as Record<string, unknown>;
  if (fits(tokenId)) return { tokenId };
  return fits(userId) ? { userId } : undefined;
}

function* pages(entries: Iterable<Entry>): Generator<Entry[]> {
  let page: Entry[] = [];
  let length = 0;
  for (const entry of entries) {
    // An entry has about twenty characters besides its id.
    length += 20 + Object.values(entry[0]).join('').length;
    page.push(entry);
    if (length < longest) continue;
    yield page;
    [page, length] = [[], 0];
  }
  if (page.length > 0) yield page;
}
