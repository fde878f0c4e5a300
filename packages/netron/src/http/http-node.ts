import type { ErrorCodec } from '../errors/wire-error.js';
import type { CallPeer, TraceContext } from '../middleware/call.js';
import type { BoundService } from '../service/call/bound-service.js';
import type { CallContext } from '../service/call/context.js';
import type { ClientCertificate } from '../transport/client-certificate.js';
import type { LiveNode } from './live/live.js';

/** A caller, as far as it is known before it is identified. */
export interface CallerFacts {
  readonly id: string;
  readonly address: string;
  readonly transport: string;
  readonly certificate?: ClientCertificate | undefined;
}

/** The part of a node that HTTP uses. */
export interface HttpNode extends LiveNode {
  readonly errors: ErrorCodec;
  /** Whether callers have to prove who they are. */
  readonly authenticates: boolean;
  authenticate(credentials: unknown, request: CallerFacts): Promise<unknown>;
  /** Awaits what the program has promised as a caller's credentials. @throws NetronError that refuses the caller */
  awaitCredentials(promised: PromiseLike<unknown>, request: CallerFacts): Promise<unknown>;
  /** @throws NetronError `not_found` for what is hidden as for what does not exist */
  resolve(service: string, caller: CallPeer): BoundService | Promise<BoundService>;
  dispatchTo(service: BoundService, request: HttpCall): unknown;
}

/** Facts that go with a call besides its arguments. */
export interface SentWith {
  readonly timeout: number | undefined;
  readonly headers: Record<string, string> | undefined;
  readonly trace: TraceContext | undefined;
  readonly idempotencyKey: string | undefined;
}

/** One call as HTTP brings it. All of them have the same fields: making others takes longer than the call. */
export interface HttpCall extends SentWith {
  readonly service: string;
  readonly method: string;
  readonly args: unknown[];
  readonly caller: CallPeer;
  readonly signal: AbortSignal | undefined;
  /** Calls back when the caller has gone. */
  readonly left: ((gone: () => void) => void) | undefined;
  /** Given the call, before its member runs. */
  readonly began: ((call: CallContext) => void) | undefined;
}
