/** Observation of calls that are being answered, at no cost without observers. */
import { tracing } from '#platform';
import type { Call, CallPeer } from '../../middleware/call.js';
import type { Clock } from '../../util/clock.js';
import { isThenable } from '../../util/is-thenable.js';
import { CallRecord } from './call-record.js';
import type { CallContext } from './context.js';

/** Observes calls that are being answered. */
export interface CallObserver {
  readonly active: boolean;
  /** Runs a call with `enter`, and reports its start and end. */
  run(call: CallContext, enter: (call: CallContext) => unknown): unknown;
  /** Reports a call that is refused before its member begins; unknown facts are empty. */
  refused(caller: CallPeer, call: CallContext | undefined, error: unknown): void;
}

/** A listener of calls: `start` returns an object that `end` receives. */
export interface CallListener {
  readonly active: boolean;
  start(call: Call): object;
  end(context: object, error: unknown): void;
}

/** Publishes a `CallRecord` for each call on the diagnostics channels `tracing:netron:call:*`, and notifies a listener. */
export class PublishingObserver implements CallObserver {
  readonly #channel = tracing('netron:call');
  readonly #listener: CallListener;
  readonly #node: { readonly id: string; readonly clock: Clock };

  constructor(listener: CallListener, node: { readonly id: string; readonly clock: Clock }) {
    this.#listener = listener;
    this.#node = node;
  }

  get active(): boolean {
    return this.#channel.active || this.#listener.active;
  }

  refused(caller: CallPeer, call: CallContext | undefined, error: unknown): void {
    const channel = this.#channel;
    if (!channel.active) return;
    const record = this.#record(caller, call);
    record.refused = true;
    record.end(record.started, undefined, error);
    channel.run(record, () => channel.end(record));
    channel.error(record);
    channel.asyncEnd(record);
  }

  run(call: CallContext, enter: (call: CallContext) => unknown): unknown {
    const listener = this.#listener;
    const channel = this.#channel;
    const facts = listener.active ? listener.start(call) : undefined;
    const record = channel.active ? this.#record(call.peer, call) : undefined;
    const ended = (result: unknown, error: unknown, failed: boolean): void => {
      if (record !== undefined) {
        record.end(this.#node.clock.now(), result, error);
        record.refused = failed && !call.entered;
        if (failed) channel.error(record);
        channel.asyncEnd(record);
      }
      if (facts !== undefined) listener.end(facts, failed ? error : undefined);
    };
    let result: unknown;
    try {
      result = record === undefined ? enter(call) : channel.run(record, () => traced(call, record, enter));
    } catch (error) {
      if (record !== undefined) channel.end(record);
      ended(undefined, error, true);
      throw error;
    }
    if (record !== undefined) channel.end(record);
    if (!isThenable(result)) {
      ended(result, undefined, false);
      return result;
    }
    return result.then(
      (value: unknown) => {
        ended(value, undefined, false);
        return value;
      },
      (error: unknown) => {
        ended(undefined, error, true);
        throw error;
      },
    );
  }

  #record(caller: CallPeer, call: CallContext | undefined): CallRecord {
    const { id, clock } = this.#node;
    const record = new CallRecord({
      node: id,
      peer: caller.id,
      address: caller.address,
      service: call?.service ?? '',
      version: call?.version ?? '',
      method: call?.method ?? '',
      kind: call?.member.kind ?? 'method',
      local: caller.transport === 'local',
      args: call?.args ?? [],
      started: clock.now(),
      trace: call?.trace,
    });
    record.id = call?.id ?? 0;
    return record;
  }
}

/** Runs a call with the trace that a listener may have set on its record: calls made for it carry that on. */
function traced(call: CallContext, record: CallRecord, enter: (call: CallContext) => unknown): unknown {
  if (record.trace !== call.trace) call.carry(record.trace);
  return enter(call);
}
