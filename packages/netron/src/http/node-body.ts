/** The body of one of Node's requests as it is read: the client is slowed down to the pace of who reads. */
import type { NodeRequest } from './node-messages.js';

/** Reads a request's body chunk by chunk. */
export function nodeChunks(request: NodeRequest): AsyncIterator<Uint8Array, void> {
  const waiting: Uint8Array[] = [];
  let over: 'end' | 'left' | { readonly error: unknown } | undefined;
  let wake = () => {};
  const take = (chunk: Uint8Array) => {
    waiting.push(chunk);
    request.pause();
    wake();
  };
  const finish = (how: NonNullable<typeof over>) => {
    over ??= how;
    wake();
  };
  const end = () => finish('end');
  const close = () => finish({ error: new Error('the client has left') });
  const fail = (error: unknown) => finish({ error });
  request.on('data', take);
  request.on('end', end);
  request.on('error', fail);
  request.on('close', close);
  request.pause();
  const done = { done: true, value: undefined } as const;
  return {
    async next() {
      for (;;) {
        const chunk = waiting.shift();
        if (chunk !== undefined) return { done: false, value: chunk };
        if (over === 'end' || over === 'left') return done;
        if (over !== undefined) throw over.error;
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        request.resume();
        await woken;
      }
    },
    async return() {
      finish('left');
      waiting.length = 0;
      request.off('data', take);
      request.off('end', end);
      request.off('close', close);
      request.pause();
      return done;
    },
  };
}
