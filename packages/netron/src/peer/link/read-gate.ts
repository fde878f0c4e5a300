/**
 * Whether a link reads on: pauses the connection while too much waits for the other end to take its answers, and resumes it
 * when that has been taken, or when both ends seem to wait for each other.
 */
import type { NetronError } from '../../errors/netron-error.js';
import type { Connection } from '../../transport/transport.js';
import { baseLimits, type Limits } from '../../wire/limits.js';
import type { NodeBasis } from '../node-role.js';
import type { Outbox } from './outbox.js';
import type { ReceiveAccount } from './receive-budget.js';

/** Bytes unsent from here on, no call of the other end begins until it takes them. */
const maxUnsent = 1024 * 1024;

/**
 * Bytes of calls that have not begun, at most; then reading ends. Until then everything else is taken: two ends that both wait
 * for their answers to be taken would otherwise wait for each other.
 */
const maxKept = 4 * 1024 * 1024;

/** Bytes of memory that an element of a call may take besides its own. */
const elementCost = 64;

/** Members of the link that a read gate uses. */
export interface GatedLink {
  readonly node: {
    readonly reader: Pick<NodeBasis['reader'], 'elementsLeft' | 'limits' | 'position'>;
    readonly limits: Pick<Limits, 'message'>;
  };
  readonly connection: Pick<Connection, 'pause' | 'resume'>;
  readonly outbox: Pick<Outbox, 'full' | 'backlog' | 'solid'>;
  readonly account: Pick<ReceiveAccount, 'take' | 'give'>;
  /** Told when too much is unsent. */
  readonly heartbeat: { stall(): void };
  /** Limits that the other end accepts. */
  readonly accepted: Pick<Limits, 'message'>;
  /** Bytes of calls that have not begun. */
  readonly incoming: { readonly kept: number };
  /** The other end does not keep to the protocol. */
  violated(error: NetronError): void;
}

export class ReadGate {
  readonly #link: GatedLink;
  #paused = false;
  /** Reading goes on all the same; calls are refused. */
  #broken = false;
  /** Bytes of the message being read that have been counted. */
  #counted = 0;

  constructor(link: GatedLink) {
    this.#link = link;
  }

  /** A message is about to be read. */
  begin(): void {
    this.#counted = 0;
  }

  /** A message has been read: pauses the connection when the next one has to wait. */
  end(): void {
    if (this.#takesMore()) return;
    this.#paused = true;
    this.#link.connection.pause();
  }

  /** Whether the other end has to take what it was sent, before it gets more answers. */
  stalled(): boolean {
    if (this.#link.outbox.backlog <= maxUnsent) return false;
    this.#link.heartbeat.stall();
    return true;
  }

  /** Nothing has moved for a while: both ends may wait for each other. Answers are read again, calls refused. */
  breakStall(): void {
    if (!this.#paused || this.#broken) return;
    this.#broken = true;
    this.#resume();
  }

  /** Returns the bytes of memory that the call just read takes; `undefined` when it cannot wait. */
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

  /** A call that waited begins. */
  begun(cost: number): void {
    this.#link.account.give(cost);
  }

  /** The other end takes what it is sent again; follow with `open` when what waited has been sent. */
  drained(): void {
    this.#broken = false;
  }

  /** Reads on, unless too many calls still wait. */
  open(): void {
    if (this.#paused && this.#link.incoming.kept <= maxKept) this.#resume();
  }

  #resume(): void {
    this.#paused = false;
    this.#link.connection.resume();
  }

  /** Refusals do not wait until the other end takes them, as answers do: whoever asks for nothing else is not read either. */
  #takesMore(): boolean {
    const { node, outbox, accepted, incoming } = this.#link;
    if (!this.#broken && incoming.kept > maxKept) return false;
    if (!outbox.full) return true;
    // Besides refusals there are at most an answer and a call of this node, so two ends never wait for each other here.
    const usual = this.#broken ? 0 : Math.min(accepted.message, node.limits.message, baseLimits.message) * 2;
    return outbox.backlog <= maxUnsent * 2 + usual + outbox.solid || !this.stalled();
  }
}
