/**
 * Announces the services of this node to the other end of a link: those added and removed that it may see, starting with those that did
 * not fit into the hello.
 */
import type { CallPeer } from '../../middleware/call.js';
import type { BoundService } from '../../service/call/bound-service.js';
import type { Limits } from '../../wire/limits.js';
import { writeServices } from '../../wire/packets.js';
import type { Outbox } from '../link/outbox.js';

/** Most services named in one packet. */
const announcedAtOnce = 256;

/** Bytes of the longest `name@version` in a packet. */
const longestAnnounced = 200;

/** The members of the node that know its services. */
export interface NewsNode {
  /** Whether callers see different services. */
  readonly selective: boolean;
  /** Returns the names of the services that a caller sees, as `name@version`. */
  names(caller: CallPeer): readonly string[];
  /** Returns the services that a caller does not see. */
  unseen(caller: CallPeer): readonly BoundService[];
}

/** The members of the link that announcements use. */
export interface NewsLink {
  /** The receiving peer. */
  readonly owner: CallPeer;
  readonly outbox: Pick<Outbox, 'send'>;
  /** Limits that the other end accepts. */
  readonly accepted: Readonly<Limits>;
  /** Hides a service from the other end. */
  conceal(bound: BoundService): void;
}

export class ServiceNews {
  readonly #link: NewsLink;
  readonly #node: NewsNode;
  /** Names of the services known to the other end; kept only when callers see different services. */
  #names: Set<string> | undefined;

  /**
   * @param announced services that the hello has named; all others are announced now
   * @param concealed services among them that were removed since; others may have their names
   */
  constructor(link: NewsLink, node: NewsNode, announced: readonly string[], concealed: readonly BoundService[]) {
    this.#link = link;
    this.#node = node;
    if (node.selective) this.#names = new Set(announced);
    this.#announceSince(
      announced,
      concealed.map(({ definition }) => `${definition.name}@${definition.version}`),
    );
  }

  /** Tells the other end which services were added and removed. */
  tell(added: readonly string[], removed: readonly string[]): void {
    for (const name of removed) this.#names?.delete(name);
    for (const name of added) this.#names?.add(name);
    this.#link.outbox.send(writeServices, added, removed);
  }

  /** Handles another identity of the other end, which may see other services. */
  recheck(): void {
    const before = this.#names;
    if (before === undefined) return;
    for (const bound of this.#node.unseen(this.#link.owner)) this.#link.conceal(bound);
    const names = this.#node.names(this.#link.owner);
    const added = names.filter((name) => !before.has(name));
    const removed = [...before].filter((name) => !names.includes(name));
    if (added.length + removed.length > 0) this.tell(added, removed);
  }

  #announceSince(announced: readonly string[], concealed: readonly string[]): void {
    const now = this.#node.names(this.#link.owner);
    if (now === announced && concealed.length === 0) return;
    const before = new Set(announced);
    for (const name of concealed) before.delete(name);
    const added = now.filter((name) => !before.delete(name));
    const removed = [...concealed, ...before];
    const { elements, message } = this.#link.accepted;
    const atOnce = Math.min(announcedAtOnce, elements >> 1, Math.floor(message / longestAnnounced) - 1);
    for (let from = 0; from < removed.length; from += atOnce) this.tell([], removed.slice(from, from + atOnce));
    for (let from = 0; from < added.length; from += atOnce) this.tell(added.slice(from, from + atOnce), []);
  }
}
