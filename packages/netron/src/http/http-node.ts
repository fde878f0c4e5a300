import type { ErrorCodec } from '../errors/wire-error.js';
import type { CallPeer, TraceContext } from '../middleware/call.js';
import type { BoundService } from '../service/call/bound-service.js';
import type { CallContext } from '../service/call/context.js';
import type { DisconnectSource } from '../service/call/dispatcher.js';
import type { ClientCertificate } from '../transport/client-certificate.js';
import type { LiveNode } from './live/live.js';

/** Facts known of a caller before it is authenticated. */
export interface CallerFacts {
  readonly id: string;
  readonly address: string;
  readonly transport: string;
  readonly certificate?: ClientCertificate | undefined;
}

/** The part of a node that HTTP uses. */
export interface HttpNode extends LiveNode {
  readonly errors: ErrorCodec;
  /** Whether callers must authenticate. */
  readonly authenticates: boolean;
  authenticate(credentials: unknown, request: CallerFacts): Promise<unknown>;
  /** Awaits the credentials that the program has promised. @throws NetronError that refuses the caller */
  awaitCredentials(promised: PromiseLike<unknown>, request: CallerFacts): Promise<unknown>;
  /** @throws NetronError `not_found` for hidden services as for missing ones */
  resolve(service: string, caller: CallPeer): BoundService | Promise<BoundService>;
  dispatchTo(service: BoundService, request: HttpCall): unknown;
}

/** Facts that accompany a call in addition to its arguments. */
export interface CallMetadata {
  readonly timeout: number | undefined;
  readonly headers: Record<string, string> | undefined;
  readonly trace: TraceContext | undefined;
  readonly idempotencyKey: string | undefined;
}

/**
 * One call that arrived over HTTP. All such objects have the same fields, which keeps them monomorphic: other shapes take longer than the
 * call.
 */
export interface HttpCall extends CallMetadata {
  readonly service: string;
  readonly method: string;
  readonly args: unknown[];
  readonly caller: CallPeer;
  readonly signal: AbortSignal | undefined;
  /** Reports that the caller has disconnected. */
  readonly disconnects: DisconnectSource | undefined;
  /** Receives the call before its member runs. */
  readonly onBegin: ((call: CallContext) => void) | undefined;
}
