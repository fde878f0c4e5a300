/**
 * Decides whether a link reads: pauses the connection while too much waits for the other end to read its answers, and resumes it when
 * the other end has read them, or when both ends seem to wait for each other.
 */
import type { NetronError } from '../../errors/netron-error.js';
import type { Connection } from '../../transport/transport.js';
import { baseLimits, type Limits } from '../../wire/limits.js';
import type { NodeBasis } from '../node-role.js';
import type { Outbox } from './outbox.js';
import type { ReceiveAccount } from './receive-budget.js';

/** Unsent bytes at which no call of the other end starts until it reads. */
const maxUnsent = 1024 * 1024;

/**
 * Most bytes of calls that have not started; beyond it, reading stops. Up to it, everything else is read: otherwise two ends that both
 * wait for their answers to be read would deadlock.
 */
const maxKept = 4 * 1024 * 1024;

/** Bytes of memory that an element of a call may take in addition to its own. */
const elementCost = 64;

/** The members of the link that a read gate uses. */
export interface GatedLink {
  readonly node: {
    readonly reader: Pick<NodeBasis['reader'], 'elementsLeft' | 'limits' | 'position'>;
    readonly limits: Pick<Limits, 'message'>;
  };
  readonly connection: Pick<Connection, 'pause' | 'resume'>;
  readonly outbox: Pick<Outbox, 'full' | 'backlog' | 'solid'>;
  readonly account: Pick<ReceiveAccount, 'take' | 'give'>;
  /** Notified when too much is unsent. */
  readonly heartbeat: { stall(): void };
  /** Limits that the other end accepts. */
  readonly accepted: Pick<Limits, 'message'>;
  /** Bytes of calls that have not started. */
  readonly incoming: { readonly kept: number };
  /** Closes the link for a violation of the protocol. */
  violated(error: NetronError): void;
}

export class ReadGate {
  readonly #link: GatedLink;
  #paused = false;
  /** Whether reading continues regardless, and calls are refused. */
  #broken = false;
  /** Bytes of the message being read that have been counted. */
  #counted = 0;

  constructor(link: GatedLink) {
    this.#link = link;
  }

  /** Prepares for a message. */
  begin(): void {
    this.#counted = 0;
  }

  /** Pauses the connection after a message when the next one must wait. */
  end(): void {
    if (this.#takesMore()) return;
    this.#paused = true;
    this.#link.connection.pause();
  }

  /** Whether the other end must read what it was sent before it gets more answers. */
  stalled(): boolean {
    if (this.#link.outbox.backlog <= maxUnsent) return false;
    this.#link.heartbeat.stall();
    return true;
  }

  /** Resolves a possible deadlock, when both ends wait for each other: answers are read again, calls are refused. */
  breakStall(): void {
    if (!this.#paused || this.#broken) return;
    this.#broken = true;
    this.#resume();
  }

  /** Returns the bytes of memory of the call just read; `undefined` when it cannot wait. */
  cost(): number | undefined {
    const { node, incoming } = this.#link;
    if (this.#broken && incoming.kept > maxKept) return undefined;
    const { reader } = node;
    const read = reader.position + (reader.limits.elements - reader.elementsLeft) * elementCost;
    const cost = read - this.#counted;
    if (!this.#link.account.take(cost)) return undefined;
    this.#counted = read;
    return cost;
  }

  /** Notes that a waiting call has started. */
  begun(cost: number): void {
    this.#link.account.give(cost);
  }

  /** Notes that the other end reads again; call `open` when the waiting answers have been sent. */
  drained(): void {
    this.#broken = false;
  }

  /** Resumes reading, unless too many calls still wait. */
  open(): void {
    if (this.#paused && this.#link.incoming.kept <= maxKept) this.#resume();
  }

  #resume(): void {
    this.#paused = false;
    this.#link.connection.resume();
  }

  /** Refusals, unlike answers, do not wait for the other end to read: an end that only causes refusals is not read either. */
  #takesMore(): boolean {
    const { node, outbox, accepted, incoming } = this.#link;
    if (!this.#broken && incoming.kept > maxKept) return false;
    if (!outbox.full) return true;
    // Apart from refusals there are at most an answer and a call of this node, so that two ends never wait for each other here.
    const usual = this.#broken ? 0 : Math.min(accepted.message, node.limits.message, baseLimits.message) * 2;
    return outbox.backlog <= maxUnsent * 2 + usual + outbox.solid || !this.stalled();
  }
}
