/** Discards the rest of a request body that nobody reads any more, because its request is answered already. */
import type { Answers } from './answer.js';
import type { NodeRequest } from './node-messages.js';

/** Most bytes of a body that are discarded. */
const most = 16_777_216;

/** Milliseconds without a byte after which the rest of a body is not awaited any longer. */
const quiet = 2_000;

/** Whether a body announces more bytes than are discarded: its connection will close. */
export function isTooLongToDiscard({ headers }: NodeRequest): boolean {
  return Number(headers['content-length'] ?? 0) > most;
}

/**
 * Reads on and discards what comes: a client that is cut off while it sends would not read its answer. Gives up after 2 s without a byte,
 * after 16 MiB, from which on nothing is read, and in any case after the idle time.
 *
 * @returns whether the body has ended
 */
export function discardBody(request: NodeRequest, { clock, paces }: Pick<Answers, 'clock' | 'paces'>): Promise<boolean> {
  return new Promise((resolve) => {
    // As much earlier as a pace may be late.
    const end = clock.now() + paces.idle - 2 * paces.period;
    let bytes = 0;
    let came = true;
    let timer: unknown;
    const over = (whole: boolean): void => {
      clock.clearTimeout(timer);
      resolve(whole);
    };
    const look = (): void => {
      const left = end - clock.now();
      if (!came || left <= 0) return over(false);
      came = false;
      timer = clock.setTimeout(look, Math.min(quiet, left), true);
    };
    // Readers before this one have left; some of them would pause the request at each chunk.
    request.removeAllListeners('data');
    request.on('data', (chunk: Uint8Array) => {
      came = true;
      bytes += chunk.length;
      if (bytes > most) request.pause();
    });
    request.on('end', () => over(true));
    request.on('close', () => over(false));
    request.resume();
    look();
  });
}
