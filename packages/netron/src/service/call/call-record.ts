import type { TraceContext } from '../../middleware/call.js';
import type { MemberKind } from '../definition.js';

/**
 * One call at one of its ends, as observers are told of it: published at its start, and once more, completed, at its end. Made
 * only while somebody listens.
 */
export class CallRecord {
  /** Id of the node that tells. */
  readonly node: string;
  /** Id of the other end; of a call within the node the node's own. */
  readonly peer: string;
  /** Address of the other end; `undefined` within the node. */
  readonly address: string | undefined;
  readonly service: string;
  readonly version: string;
  readonly method: string;
  readonly kind: MemberKind;
  /** Number of the call among those of its connection, or within the node; 0 before it has one. */
  id = 0;
  /** Whether both ends are this node. */
  readonly local: boolean;
  readonly args: readonly unknown[];
  /** Milliseconds on the node's monotonic clock. */
  readonly started: number;
  /** Milliseconds until its end; `undefined` before. */
  duration: number | undefined = undefined;
  result: unknown = undefined;
  error: unknown = undefined;
  /** It was refused before its member began: by a limit, a deadline, or because there is no such member. */
  refused = false;
  /** The trace that the call carries. A listener of `start` may set it: it travels, and calls made for this one carry it on. */
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

  /** @internal The call has ended. */
  end(now: number, result: unknown, error: unknown): void {
    this.duration = now - this.started;
    this.result = result;
    this.error = error;
  }
}

/** Facts that are known of a call when it begins. */
export type CallFacts = Pick<
  CallRecord,
  'node' | 'peer' | 'address' | 'service' | 'version' | 'method' | 'kind' | 'local' | 'args' | 'started' | 'trace'
>;
