/** Calls as observers see them at the caller: tells of each before anything of it is written, and how it has ended. */
import { outcomeOf } from '../../errors/outcome.js';
import type { CallPeer } from '../../middleware/call.js';
import { CallRecord } from '../../service/call/call-record.js';
import { currentCall } from '../../service/call/current-call.js';
import type { CallOptions } from '../../service/call/options.js';
import type { NodeBasis } from '../node-role.js';
import { requests } from '../tracing.js';
import { type CallPromise, sourceId } from './call-promise.js';
import type { CallTarget } from './callee.js';

/** Members of the link that observed calls use. */
export interface TracedLink {
  readonly node: Pick<NodeBasis, 'id' | 'clock'>;
  readonly owner: CallPeer;
}

/** Tells observers of a call, and makes it with the options that they have left. */
export type CallObservation = (
  link: TracedLink,
  callee: CallTarget,
  args: readonly unknown[],
  options: CallOptions | undefined,
  send: (options: CallOptions | undefined) => Promise<unknown>,
) => Promise<unknown>;

/** @param send makes the call with these options: what observers make of its trace travels */
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
