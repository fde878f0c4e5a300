/** A call as it came: what is called, by whom, with which arguments and facts. */
import type { CallPeer, TraceContext } from '../../middleware/call.js';
import type { Clock } from '../../util/clock.js';
import type { CallHeader } from '../../wire/packets.js';
import type { StreamPosition } from '../../wire/stream-position.js';
import type { BoundMember } from './bound-service.js';
import type { CallHome, ContextTracking } from './call-home.js';

const noHeaders: Record<string, string> = Object.freeze(Object.create(null) as Record<string, string>);

/** Facts of a call that hold from its beginning to its end. */
export abstract class ReceivedCall {
  /** Number of the call on its connection; 0 for a local call. */
  readonly id: number;
  /** Positional arguments, as the caller gave them; empty for the reading of a property. */
  readonly args: unknown[];
  /** Caller; for a local call the own node. */
  readonly peer: CallPeer;
  /** When the caller stops waiting, in milliseconds on the monotonic clock; `undefined` when it did not say. */
  readonly deadline: number | undefined;
  /** @internal What is called. */
  readonly member: BoundMember;
  /** @internal */
  protected readonly home: CallHome;
  /** @internal */
  protected header: CallHeader | undefined;
  /** @internal Trace to carry on instead of what the caller sent along. */
  protected carried: TraceContext | undefined = undefined;

  /** @internal */
  constructor(
    id: number,
    member: BoundMember,
    args: unknown[],
    peer: CallPeer,
    header: CallHeader | undefined,
    deadline: number | undefined,
    home: CallHome,
  ) {
    this.id = id;
    this.member = member;
    this.args = args;
    this.peer = peer;
    this.header = header;
    this.deadline = deadline;
    this.home = home;
  }

  /** @internal Whether contexts follow asynchronous work on this node. */
  get tracking(): ContextTracking {
    return this.home.callContext;
  }

  /** Clock of the node, which `deadline` counts on. */
  get clock(): Clock {
    return this.home.clock;
  }

  /** Service name without version. */
  get service(): string {
    return this.member.service.name;
  }

  /** Exact version of the service that answers, for instance `1.0.0`. */
  get version(): string {
    return this.member.service.version;
  }

  /** Name of the member that is called. */
  get method(): string {
    return this.member.name;
  }

  /** Headers that the caller sent; own properties only. */
  get headers(): Record<string, string> {
    return this.header?.headers ?? noHeaders;
  }

  /** @internal The generator that answers goes on step by step. */
  get steps(): boolean {
    return this.header?.steps === true;
  }

  /**
   * Repeats of the call, or of the call that it is made for, so far; 0 for a first attempt, and once a stream has answered it. Calls
   * for a repeat are not repeated.
   */
  get attempt(): number {
    return this.header?.attempt ?? 0;
  }

  /** @internal It is answered with a stream, which lasts: what that asks for from now on is no repeat. */
  streams(): void {
    if (this.attempt > 0) this.header = { ...this.header, attempt: 0 };
  }

  /** Position of the last item that the caller has: a resumable stream begins behind it. `undefined`: it begins at its beginning. */
  get resumeFrom(): StreamPosition | undefined {
    return this.header?.resumeFrom;
  }

  /** Key under which the caller may send the same call again. */
  get idempotencyKey(): string | undefined {
    return this.header?.idempotencyKey;
  }

  /** W3C Trace Context that the caller sent along; `undefined` when it sent none. */
  get trace(): TraceContext | undefined {
    if (this.carried !== undefined) return this.carried;
    const { traceparent, tracestate } = this.header ?? {};
    if (traceparent === undefined) return undefined;
    return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
  }
}
