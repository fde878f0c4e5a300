/** Discards the rest of a request body whose request has been answered. */

import type { NodeRequest } from './node-messages.js';
import type { RequestRouter } from './request-router.js';

/** Most bytes of a body that are discarded. */
const maxBytes = 16_777_216;

/** Milliseconds without a byte after which the rest of a body is no longer awaited. */
const maxSilence = 2_000;

/** Whether `Content-Length` exceeds the limit of what is discarded, so that the connection must close. */
export function isTooLongToDiscard({ headers }: NodeRequest): boolean {
  return Number(headers['content-length'] ?? 0) > maxBytes;
}

/**
 * Reads and discards the rest of a body: a client whose connection closes while it is sending would not read the reply. Gives up after 2 s
 * without a byte and, in any case, after the idle time. Stops reading after 16 MiB.
 *
 * @returns whether the body has ended
 */
export function discardBody(request: NodeRequest, { clock, rates }: Pick<RequestRouter, 'clock' | 'rates'>): Promise<boolean> {
  return new Promise((resolve) => {
    // The idle time of a rate may end two periods early.
    const end = clock.now() + rates.idle - 2 * rates.period;
    let bytes = 0;
    let received = true;
    let timer: unknown;
    const finish = (whole: boolean): void => {
      clock.clearTimeout(timer);
      resolve(whole);
    };
    const check = (): void => {
      const left = end - clock.now();
      if (!received || left <= 0) return finish(false);
      received = false;
      timer = clock.setTimeout(check, Math.min(maxSilence, left), true);
    };
    // Earlier readers have stopped; the listeners of some would pause the request at each chunk.
    request.removeAllListeners('data');
    request.on('data', (chunk: Uint8Array) => {
      received = true;
      bytes += chunk.length;
      if (bytes > maxBytes) request.pause();
    });
    request.on('end', () => finish(true));
    request.on('close', () => finish(false));
    request.resume();
    check();
  });
}
