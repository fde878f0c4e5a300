/** Notifies observers at the caller of each call before it is written, and of how it has ended. */
import { outcomeOf } from '../../errors/outcome.js';
import type { CallPeer } from '../../middleware/call.js';
import { CallRecord } from '../../service/call/call-record.js';
import { currentCall } from '../../service/call/current-call.js';
import type { CallOptions } from '../../service/call/options.js';
import type { NodeBasis } from '../node-role.js';
import { requests } from '../tracing.js';
import { type CallPromise, sourceId } from './call-promise.js';
import type { CallTarget } from './callee.js';

/** The members of the link that observed calls use. */
export interface TracedLink {
  readonly node: Pick<NodeBasis, 'id' | 'clock'>;
  readonly owner: CallPeer;
}

/** Notifies observers of a call, and makes it with the options that they return. */
export type CallObservation = (
  link: TracedLink,
  callee: CallTarget,
  args: readonly unknown[],
  options: CallOptions | undefined,
  send: (options: CallOptions | undefined) => Promise<unknown>,
) => Promise<unknown>;

/** @param send makes the call with these options; the trace that observers set is sent */
export function traceCall(
  { node, owner }: TracedLink,
  target: CallTarget,
  args: readonly unknown[],
  options: CallOptions | undefined,
  send: (options: CallOptions | undefined) => Promise<unknown>,
): Promise<unknown> {
  const trace = options?.trace ?? currentCall()?.trace;
  const record = new CallRecord({
    node: node.id,
    peer: owner.id,
    address: owner.address,
    service: target.service,
    version: target.version ?? '0.0.0',
    method: target.method,
    kind: target.kind ?? 'method',
    local: false,
    args,
    started: node.clock.now(),
    trace,
  });
  const promise = requests.run(record, () =>
    send(record.trace === trace || record.trace === undefined ? options : { ...options, trace: record.trace }),
  );
  record.id = (promise as Partial<CallPromise>)[sourceId] ?? 0;
  requests.end(record);
  promise.then(
    (result) => {
      record.end(node.clock.now(), result, undefined);
      requests.asyncEnd(record);
    },
    (error: unknown) => {
      record.end(node.clock.now(), undefined, error);
      record.refused = outcomeOf(error) === 'not_run';
      requests.error(record);
      requests.asyncEnd(record);
    },
  );
  return promise;
}
