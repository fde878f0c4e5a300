/** One beat of a node in Redis: what its script is given, and what it answers. */
import { randomBytes } from 'node:crypto';
import { recordLimits } from '@omnitron-dev/netron/discovery';

/** Nodes that one answer lists: the server does nothing else meanwhile. */
const page = 500;
/** Bytes of an id at most: those of the longest that is read. */
export const longestId = 4 * recordLimits.name;
/** A node as its beat announces it. */
export interface BeatOf {
  /** Empty: it is not announced. */
  readonly id: string;
  readonly instance: string;
  readonly digest: string;
  /** Empty: Redis has it. */
  readonly record: string;
  /** Milliseconds that the announcement counts. */
  readonly ttl: number;
  /** Whether it takes the id from whichever run has it. */
  readonly first: boolean;
  /** Number of the change after which nodes are listed; `0`: all. */
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

/** Answer of the script of a beat. */
export interface Answer extends Seen, Changes {
  /** Instance that has the id of this node; empty when that is this one. */
  readonly rival: string;
  /** Whether the script has not got this node's record. */
  readonly wanted: boolean;
  /** Number of nodes in the store. */
  readonly count: number;
  /** Number of the change after which the list goes on; empty: it does not. */
  readonly next: string;
  /** Nodes that were left out because their ids are too long. */
  readonly strange: number;
}

/** Names of the keys of a namespace, and of its channel; `space` holds them in one slot of a cluster. */
export function namesOf(space: string): { readonly keys: readonly string[]; readonly records: string; readonly channel: string } {
  const keys = ['l', 'c', 'g', 'r', 'e', 't'].map((name) => `${space}:${name}`);
  return { keys, records: `${space}:n:`, channel: `${space}:news` };
}

/** Arguments of the script, as its comment names them. */
export function beatArguments(node: BeatOf, seen: Seen, { records, channel }: ReturnType<typeof namesOf>): string[] {
  const ours = [node.id, node.instance, node.digest, node.record, String(node.ttl), node.first ? '1' : '0'];
  const theirs = [node.after, seen.epoch, String(seen.revision), seen.lastId, randomBytes(8).toString('hex')];
  return [...ours, ...theirs, records, channel, String(page), String(longestId)];
}

/** Reads what the script has answered. */
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
