/** Publishes calls within the node to observers of outgoing calls: their start and their outcome. */
import { outcomeOf } from '../errors/outcome.js';
import { requests } from '../peer/tracing.js';
import type { BoundMember } from '../service/call/bound-service.js';
import { CallRecord } from '../service/call/call-record.js';
import { currentCall } from '../service/call/current-call.js';
import type { CallOptions } from '../service/call/options.js';
import type { Clock } from '../util/clock.js';
import { isThenable } from '../util/is-thenable.js';

/** Runs a call with options to which observers may have added a trace; `began` receives the call with its number. */
type Run = (options: CallOptions | undefined, began: (call: { readonly id: number }) => void) => unknown;

/** Runs a call within the node and publishes its record. Call it only if `requests.active` is true. */
export function tracedLocally(
  { id, clock }: { readonly id: string; readonly clock: Clock },
  { service, name, kind }: BoundMember,
  args: readonly unknown[],
  options: CallOptions | undefined,
  run: Run,
): unknown {
  const trace = options?.trace ?? currentCall()?.trace;
  const record = new CallRecord({
    node: id,
    peer: id,
    address: undefined,
    service: service.name,
    version: service.version,
    method: name,
    kind,
    local: true,
    args,
    started: clock.now(),
    trace,
  });
  const answered = (result: unknown): unknown => {
    record.end(clock.now(), result, undefined);
    requests.asyncEnd(record);
    return result;
  };
  const failed = (error: unknown): never => {
    record.end(clock.now(), undefined, error);
    record.refused = outcomeOf(error) === 'not_run';
    requests.error(record);
    requests.asyncEnd(record);
    throw error;
  };
  let result: unknown;
  try {
    result = requests.run(record, () => {
      const given = record.trace === trace || record.trace === undefined ? options : { ...options, trace: record.trace };
      return run(given, (call) => {
        record.id = call.id;
      });
    });
  } catch (error) {
    requests.end(record);
    return failed(error);
  }
  requests.end(record);
  return isThenable(result) ? result.then(answered, failed) : answered(result);
}
