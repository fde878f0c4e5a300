/** Many calls in one request: parses the list of calls, and answers each on a line of its own as soon as it is done. */
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { nextTurn } from '../util/next-turn.js';
import type { ReplyStream } from './stream-reply.js';

/** Most calls of one batch, by default. */
export const defaultMaxBatch = 100;

/** One call of a batch as it was sent. */
export interface BatchItem {
  /** Identifies the line of its answer; unique within the batch. */
  readonly id: number;
  readonly service: string;
  readonly method: string;
  readonly args: unknown[];
  readonly key: string | undefined;
}

/**
 * Parses the calls of a batch. An invalid item becomes `undefined`.
 *
 * @throws NetronError `resource_exhausted` when there are more than `most`; `invalid_argument` when an id is missing or duplicate, so that
 *   its answer could not be identified
 */
export function readBatch(
  body: readonly unknown[],
  most: number,
): { readonly id: number; readonly item: BatchItem | undefined }[] {
  if (body.length > most) {
    throw withOutcome(
      new NetronError('resource_exhausted', `a batch must have at most ${most} calls, not ${body.length}`),
      'not_run',
    );
  }
  const ids = new Set<number>();
  return body.map((given) => {
    const {
      id,
      service,
      method,
      args = [],
      key,
    } = (typeof given === 'object' && given !== null ? given : {}) as Record<string, unknown>;
    // Numbers such as NaN cannot be written as JSON.
    if (typeof id !== 'number' || !Number.isFinite(id) || ids.has(id))
      throw withOutcome(new NetronError('invalid_argument', 'each call of a batch must have a unique numeric id'), 'not_run');
    ids.add(id);
    const whole =
      typeof service === 'string' &&
      typeof method === 'string' &&
      Array.isArray(args) &&
      (key === undefined || (typeof key === 'string' && key.length <= 256));
    return { id, item: whole ? { id, service, method, args, key } : undefined };
  });
}

/** Runs calls concurrently and returns their results in the order of completion. */
export function inCompletionOrder(calls: readonly (() => Promise<string>)[], canceled: () => void): ReplyStream {
  const ready: string[] = [];
  let open = calls.length;
  let wake: (() => void) | undefined;
  let waking = false;
  for (const call of calls) {
    void call().then((line) => {
      open -= 1;
      ready.push(line);
      if (waking || wake === undefined) return;
      // Calls that end in the same turn are written together.
      waking = true;
      nextTurn(() => {
        waking = false;
        wake?.();
      });
    });
  }
  let ended = false;
  return {
    heartbeat: '\n',
    chunks: {
      async next() {
        if (ended) return { done: true, value: undefined };
        if (ready.length === 0 && open > 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          wake = undefined;
        }
        if (ended) return { done: true, value: undefined };
        if (ready.length > 0) return { done: false, value: ready.splice(0).join('') };
        ended = true;
        return { done: false, value: '{"end":true}\n' };
      },
      async return() {
        if (!ended) canceled();
        ended = true;
        wake?.();
        return { done: true, value: undefined };
      },
    },
  };
}
