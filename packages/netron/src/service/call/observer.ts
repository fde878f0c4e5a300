/** Lets others watch calls being answered, at no cost while nobody does. */
import { tracing } from '#platform';
import type { Call, Handler } from '../../middleware/call.js';
import { isThenable } from '../../util/is-thenable.js';

/** Wraps handlers while somebody watches. */
export interface CallObserver {
  readonly active: boolean;
  observe(handler: Handler): Handler;
}

/** Who is told of calls: `start` may return facts that `end` gets back. */
export interface CallListener {
  readonly active: boolean;
  start(call: Call): object;
  end(context: object, error: unknown): void;
}

/**
 * Publishes on the diagnostics channels `tracing:netron:call:*` and tells `listener`. The context published is
 * `{ service, version, method, peer }`, later with `error`.
 */
export function callObserver(listener: CallListener): CallObserver {
  const channel = tracing('netron:call');
  return {
    get active() {
      return channel.active || listener.active;
    },
    observe: (handler) => (call) => {
      const context: Record<string, unknown> = {
        service: call.service,
        version: call.version,
        method: call.method,
        peer: call.peer.id,
      };
      const facts = listener.active ? listener.start(call) : undefined;
      const ended = (error: unknown, failed: boolean): void => {
        if (failed) {
          context.error = error;
          channel.error(context);
        }
        channel.asyncEnd(context);
        if (facts !== undefined) listener.end(facts, failed ? error : undefined);
      };
      channel.start(context);
      let result: unknown;
      try {
        result = handler(call);
      } catch (error) {
        channel.end(context);
        ended(error, true);
        throw error;
      }
      channel.end(context);
      if (!isThenable(result)) {
        ended(undefined, false);
        return result;
      }
      return result.then(
        (value: unknown) => {
          ended(undefined, false);
          return value;
        },
        (error: unknown) => {
          ended(error, true);
          throw error;
        },
      );
    },
  };
}
