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
  authenticate(credentials: unknown, request: CallerFacts): Promise<unknown>;
  /** @throws NetronError `not_found` for what is hidden as for what does not exist */
  resolve(service: string, caller: CallPeer): Promise<BoundService>;
  dispatchTo(service: BoundService, request: HttpCall): unknown;
}

/** One call as HTTP brings it. */
export interface HttpCall {
  readonly service: string;
  readonly method: string;
  readonly args: unknown[];
  readonly caller: CallPeer;
  readonly signal: AbortSignal;
  readonly timeout?: number;
  readonly headers?: Record<string, string>;
  readonly trace?: TraceContext;
  readonly idempotencyKey?: string;
  /** Given the call, before its member runs. */
  readonly began?: (call: CallContext) => void;
}
