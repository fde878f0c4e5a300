/** One heartbeat of a node in Redis: the arguments of its script, and its answer. */
import { randomBytes } from 'node:crypto';
import { recordLimits } from '@omnitron-dev/netron/discovery';

/** Most nodes in one answer, since the server does nothing else meanwhile. */
const page = 500;
/** Most bytes of an id: those of the longest id that is read. */
export const longestId = 4 * recordLimits.name;
/** A node as its heartbeat announces it. */
export interface BeatOf {
  /** Empty when the node is not announced. */
  readonly id: string;
  readonly instance: string;
  readonly digest: string;
  /** Empty when Redis has it already. */
  readonly record: string;
  /** Milliseconds for which the announcement is valid. */
  readonly ttl: number;
  /** Whether it takes over the id from any other run. */
  readonly first: boolean;
  /** Number of the change after which nodes are listed; `0` lists all. */
  readonly after: string;
}

/** State of the store. */
export interface Seen {
  readonly epoch: string;
  readonly revision: number;
  /** The node that has changed last. */
  readonly lastId: string;
}

/** Nodes that have changed. */
export interface Changes {
  /** Whether all nodes are among them. */
  readonly whole: boolean;
  /** Digests by id; empty for nodes that have left. */
  readonly digests: ReadonlyMap<string, string>;
}

/** Answer of the heartbeat script. */
export interface Answer extends Seen, Changes {
  /** Instance that holds the id of this node; empty when it is this one. */
  readonly rival: string;
  /** Whether the script lacks this node's record. */
  readonly wanted: boolean;
  /** Number of nodes in the store. */
  readonly count: number;
  /** Number of the change after which the list continues; empty when it is complete. */
  readonly next: string;
  /** Number of nodes that were left out because their ids are too long. */
  readonly strange: number;
}

/** Returns the names of the keys of a namespace and of its channel; `space` keeps them in one slot of a cluster. */
export function namesOf(space: string): { readonly keys: readonly string[]; readonly records: string; readonly channel: string } {
  const keys = ['l', 'c', 'g', 'r', 'e', 't'].map((name) => `${space}:${name}`);
  return { keys, records: `${space}:n:`, channel: `${space}:news` };
}

/** Returns the arguments of the script, in the order of its comment. */
export function beatArguments(node: BeatOf, seen: Seen, { records, channel }: ReturnType<typeof namesOf>): string[] {
  const ours = [node.id, node.instance, node.digest, node.record, String(node.ttl), node.first ? '1' : '0'];
  const theirs = [node.after, seen.epoch, String(seen.revision), seen.lastId, randomBytes(8).toString('hex')];
  return [...ours, ...theirs, records, channel, String(page), String(longestId)];
}

/** Parses the answer of the script. */
export function readAnswer([
  epoch = '',
  revision,
  whole,
  rival = '',
  wanted,
  lastId = '',
  count,
  next = '',
  strange,
  ...pairs
]: readonly string[]): Answer {
  const digests = new Map<string, string>();
  for (let index = 0; index < pairs.length; index += 2) digests.set(pairs[index] ?? '', pairs[index + 1] ?? '');
  const flags = { whole: whole === '1', wanted: wanted === '1' };
  const numbers = { revision: Number(revision), count: Number(count), strange: Number(strange) };
  return { epoch, ...numbers, ...flags, rival, lastId, next, digests };
}
