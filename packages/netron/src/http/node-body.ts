/** Reads the body of a Node request with backpressure: the client is slowed to the speed of the reader. */

import { BodyRate, type BodyRates } from './body-rate.js';
import { clientDisconnected } from './client-disconnected.js';
import type { NodeRequest } from './node-messages.js';

/** About the most bytes that wait for their reader. Below it, the client need not be paused for each chunk. */
const maxWaiting = 262_144;

/**
 * Reads the body of a request chunk by chunk. Reading starts with the first request for a chunk.
 *
 * @param rates watches the client while its next chunk is awaited
 * @param slow called when the client is too slow
 */
export function nodeChunks(request: NodeRequest, rates: BodyRates, slow: () => void): AsyncIterator<Uint8Array, void> {
  const waiting: Uint8Array[] = [];
  let size = 0;
  let flowing = false;
  let over: 'end' | 'left' | { readonly error: unknown } | undefined;
  let wake = () => {};
  const flow = (on: boolean) => {
    if (flowing === on) return;
    flowing = on;
    if (on) request.resume();
    else request.pause();
  };
  const take = (chunk: Uint8Array) => {
    waiting.push(chunk);
    size += chunk.length;
    if (size >= maxWaiting) flow(false);
    wake();
  };
  const finish = (how: NonNullable<typeof over>) => {
    over ??= how;
    wake();
  };
  const end = () => finish('end');
  const close = (cause?: unknown) => finish({ error: clientDisconnected(cause) });
  const leave = () => {
    waiting.length = 0;
    request.off('data', take);
    request.off('end', end);
    request.off('close', close);
    flow(false);
  };
  const rate = new BodyRate(rates, (error) => {
    slow();
    finish({ error });
    leave();
  });
  request.on('data', take);
  request.on('end', end);
  // Node's own error for a lost connection comes first.
  request.on('error', close);
  request.on('close', close);
  request.pause();
  const done = { done: true, value: undefined } as const;
  /** Returns the chunk that has waited longest, or the end. */
  const first = (): IteratorResult<Uint8Array, void> | undefined => {
    const chunk = waiting.shift();
    if (chunk !== undefined) {
      size -= chunk.length;
      rate.received(chunk.length);
      if (size < maxWaiting / 2) flow(true);
      return { done: false, value: chunk };
    }
    if (over === 'end' || over === 'left') return done;
    if (over !== undefined) throw over.error;
    return undefined;
  };
  return {
    async next() {
      const ready = first();
      if (ready !== undefined) return ready;
      rate.start();
      try {
        for (;;) {
          const woken = new Promise<void>((resolve) => {
            wake = resolve;
          });
          flow(true);
          await woken;
          const next = first();
          if (next !== undefined) return next;
        }
      } finally {
        rate.pause();
      }
    },
    async return() {
      finish('left');
      leave();
      return done;
    },
  };
}
