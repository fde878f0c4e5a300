import type { TraceContext } from '../../middleware/call.js';
import type { MemberKind } from '../definition.js';

/**
 * One call at one of its ends, as observers receive it: published at its start, and again, completed, at its end. Records are made
 * only while there are subscribers.
 */
export class CallRecord {
  /** Id of the node that publishes the record. */
  readonly node: string;
  /** Id of the other end; for a call within the node, the node's own id. */
  readonly peer: string;
  /** Address of the other end; `undefined` within the node. */
  readonly address: string | undefined;
  readonly service: string;
  readonly version: string;
  readonly method: string;
  readonly kind: MemberKind;
  /** Number of the call on its connection, or within the node; 0 before it has one. */
  id = 0;
  /** Whether both ends are this node. */
  readonly local: boolean;
  readonly args: readonly unknown[];
  /** Milliseconds on the node's monotonic clock. */
  readonly started: number;
  /** Duration of the call in milliseconds; `undefined` until it has ended. */
  duration: number | undefined = undefined;
  result: unknown = undefined;
  error: unknown = undefined;
  /** Whether the call was refused before its member began: by a limit, a deadline, or because the member does not exist. */
  refused = false;
  /** Trace that the call carries. A listener of `start` may set it: it is sent, and calls made for this one carry it on. */
  trace: TraceContext | undefined;

  constructor(facts: CallFacts) {
    this.node = facts.node;
    this.peer = facts.peer;
    this.address = facts.address;
    this.service = facts.service;
    this.version = facts.version;
    this.method = facts.method;
    this.kind = facts.kind;
    this.local = facts.local;
    this.args = facts.args;
    this.started = facts.started;
    this.trace = facts.trace;
  }

  /** @internal Completes the record at the end of the call. */
  end(now: number, result: unknown, error: unknown): void {
    this.duration = now - this.started;
    this.result = result;
    this.error = error;
  }
}

/** Facts that are known when a call begins. */
export type CallFacts = Pick<
  CallRecord,
  'node' | 'peer' | 'address' | 'service' | 'version' | 'method' | 'kind' | 'local' | 'args' | 'started' | 'trace'
>;
