import type { Clock } from '../util/clock.js';
import type { MemberInfo } from './member.js';

/** The other end of a call, as far as middleware and methods may know it. */
export interface CallPeer {
  /** The peer's id; the own node's id for a local call; for others whatever the edge counts them by. */
  readonly id: string;
  /** The identity that the peer has proved, as `authenticate` returned it; `undefined` for the own node. */
  readonly identity: unknown;
  /** Its address, for instance `tcp://127.0.0.1:5000`; `undefined` for the own node and while there is no connection. */
  readonly address?: string | undefined;
  /** The carrier of its calls: a transport's name such as `websocket`, `local` for the own node, or an edge's, such as `http`. */
  readonly transport?: string | undefined;
}

/**
 * A call in flight, on either side: what middleware sees. Fields that a call does not use cost nothing: `headers`,
 * `signal` and `state` come into being when first read.
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
  /** Sent with the call. Own properties only; names are lower case. */
  readonly headers: Record<string, string>;
  /** The node's clock, which `deadline` counts on. */
  readonly clock: Clock;
  /** Milliseconds on the monotonic clock, or `undefined` when the call has no deadline. */
  readonly deadline: number | undefined;
  /** Aborts when the caller gives up, the deadline passes or the connection ends. */
  readonly signal: AbortSignal;
  /** Repeats of the call, or of the call that it is made for, so far. Default 0. */
  readonly attempt?: number;
  /** W3C trace context, when the caller sent one. */
  readonly trace: TraceContext | undefined;
  /** User that the call is made for: the peer's identity; for a call within the node, the user of the call that makes it. Middleware may set it. */
  // biome-ignore lint/suspicious/noExplicitAny: holds whatever the program's own middleware put there
  user: any;
  /** For a tracing middleware. */
  // biome-ignore lint/suspicious/noExplicitAny: holds whatever the program's own middleware put there
  span: any;
  /** For middleware to hand things to the method and to each other. */
  readonly state: Map<unknown, unknown>;
}

/** W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** `00-<32 hex>-<16 hex>-<2 hex>` */
  readonly traceparent: string;
  /** Vendors' additions, as the standard has them. */
  readonly tracestate?: string;
}

/** Answers a call: a method, a remote peer, a balancer. Returns the result or a promise of it. */
export type Handler = (call: Call) => unknown;

/**
 * Wraps a handler in another, once for each member when it is bound, never for each call. The first of a list is the
 * outermost: sees the call first and the result last. Who has nothing to do for a member returns `next`, which costs nothing.
 */
export type Middleware = (next: Handler, member: MemberInfo) => Handler;
