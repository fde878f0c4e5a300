import type { Clock } from '../util/clock.js';
import type { MemberInfo } from './member.js';

/** The other end of a call, as middleware and methods see it. */
export interface CallPeer {
  /** The peer's id; this node's own id for a local call; for a call of an edge, the id by which the edge counts the caller. */
  readonly id: string;
  /** The authenticated identity, as `authenticate` returned it; `undefined` for the node itself. */
  readonly identity: unknown;
  /** Its address, for instance `tcp://127.0.0.1:5000`; `undefined` for the node itself and while there is no connection. */
  readonly address?: string | undefined;
  /** The transport of its calls: a name such as `websocket`, `local` for the node itself, or the name of an edge, such as `http`. */
  readonly transport?: string | undefined;
}

/**
 * A call in flight, at the caller or the callee, as middleware sees it. `headers`, `signal` and `state` are created when they are
 * first read.
 */
export interface Call {
  /** Service name without version, for instance `calculator`. */
  readonly service: string;
  /** Version of the service, for instance `1.0.0`. */
  readonly version: string;
  /** Name of the member, for instance `add`. A property is read without arguments and written with one. */
  readonly method: string;
  /** Positional arguments. */
  readonly args: unknown[];
  /** Peer that the call comes from (incoming) or goes to (outgoing). */
  readonly peer: CallPeer;
  /** Headers sent with the call. Own properties only; names are lower case. */
  readonly headers: Record<string, string>;
  /** The node's clock, on which `deadline` is measured. */
  readonly clock: Clock;
  /** Deadline in milliseconds on the monotonic clock; `undefined` when the call has none. */
  readonly deadline: number | undefined;
  /** Aborted when the caller gives up, the deadline passes or the connection ends. */
  readonly signal: AbortSignal;
  /** Number of retries of the call, or of the call that it is made for, so far. Default 0. */
  readonly attempt?: number;
  /** W3C Trace Context that the caller sent; `undefined` when it sent none. */
  readonly trace: TraceContext | undefined;
  /** User that the call is made for: the peer's identity; for a call within the node, the user of the calling call. Middleware may set it. */
  // biome-ignore lint/suspicious/noExplicitAny: holds whatever the program's own middleware put there
  user: any;
  /** Span of a tracing middleware. */
  // biome-ignore lint/suspicious/noExplicitAny: holds whatever the program's own middleware put there
  span: any;
  /** Values that middleware passes to the method and to other middleware. */
  readonly state: Map<unknown, unknown>;
}

/** W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** `00-<32 hex>-<16 hex>-<2 hex>` */
  readonly traceparent: string;
  /** Vendor-specific data, in the format of the standard. */
  readonly tracestate?: string;
}

/** Answers a call: a method, a remote peer, a balancer. Returns the result or a promise of it. */
export type Handler = (call: Call) => unknown;

/**
 * Wraps a handler in another, once for each member when it is bound, not for each call. The first middleware of a list is the
 * outermost: it sees the call first and the result last. Middleware that has nothing to do for a member returns `next`, at no cost.
 */
export type Middleware = (next: Handler, member: MemberInfo) => Handler;
