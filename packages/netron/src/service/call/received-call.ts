/** Facts of a call as it was received: its member, its caller, its arguments and its header. */
import type { CallPeer, TraceContext } from '../../middleware/call.js';
import type { Clock } from '../../util/clock.js';
import type { CallHeader } from '../../wire/packets.js';
import type { StreamPosition } from '../../wire/stream-position.js';
import type { BoundMember } from './bound-service.js';
import type { CallHome, ContextTracking } from './call-home.js';

const noHeaders: Record<string, string> = Object.freeze(Object.create(null) as Record<string, string>);

/** Facts of a call that do not change from its start to its end. */
export abstract class ReceivedCall {
  /** Number of the call on its connection; 0 for a local call. */
  readonly id: number;
  /** Positional arguments, as the caller passed them; empty when a property is read. */
  readonly args: unknown[];
  /** Caller; for a local call, this node. */
  readonly peer: CallPeer;
  /** When the caller stops waiting, in milliseconds on the monotonic clock; `undefined` when the call carries no deadline. */
  readonly deadline: number | undefined;
  /** @internal The member that is called. */
  readonly member: BoundMember;
  /** @internal */
  protected readonly home: CallHome;
  /** @internal */
  protected header: CallHeader | undefined;
  /** @internal Trace that replaces the caller's. */
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

  /** Clock of the node, on which `deadline` is measured. */
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

  /** @internal Whether a generator that answers is run step by step. */
  get steps(): boolean {
    return this.header?.steps === true;
  }

  /**
   * Number of retries of the call, or of the call that it is made for, so far; 0 for a first attempt, and once a stream has answered it.
   * Calls made for a retry are not retried themselves.
   */
  get attempt(): number {
    return this.header?.attempt ?? 0;
  }

  /** @internal Called when a stream answers the call. The stream is long-lived: calls made for it from now on do not count as retries. */
  streams(): void {
    if (this.attempt > 0) this.header = { ...this.header, attempt: 0 };
  }

  /** Position of the last item that the caller has: a resumable stream starts after it. `undefined`: it starts at its beginning. */
  get resumeFrom(): StreamPosition | undefined {
    return this.header?.resumeFrom;
  }

  /** Key by which a repeat of the same call is recognized. */
  get idempotencyKey(): string | undefined {
    return this.header?.idempotencyKey;
  }

  /** W3C Trace Context that the caller sent; `undefined` when it sent none. */
  get trace(): TraceContext | undefined {
    if (this.carried !== undefined) return this.carried;
    const { traceparent, tracestate } = this.header ?? {};
    if (traceparent === undefined) return undefined;
    return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
  }
}
