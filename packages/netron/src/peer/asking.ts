/** Requests to another node that are safe to repeat: they continue over the next connection while there is time. */
import { NetronError } from '../errors/netron-error.js';
import { type CallOptions, type RepeatOptions, timeOf } from '../service/call/options.js';
import type { Clock } from '../util/clock.js';
import { deferred } from '../util/deferred.js';
import { onAbort } from '../util/on-abort.js';

/** A connection as requests see it. */
interface AskedLink {
  /** Whether it is in use. */
  readonly open: boolean;
}

/** The members of the peer that requests use. */
export interface AskedPeer<Link extends AskedLink> {
  readonly node: { readonly clock: Clock; readonly requestTimeout: number };
  /** Whether the link in use accepts calls. */
  readonly accepting: boolean;
  readonly link: Link | undefined;
  /** Resolves when a link accepts calls. */
  ready(options: CallOptions | undefined): Promise<Link>;
}

/**
 * Asks until there is an answer; a lost connection causes another attempt. Asks synchronously when possible, so that a call made after
 * it arrives after it.
 *
 * @throws the error of `ask`; `deadline_exceeded` when there is no connection within `requestTimeout`, or no answer over another one within
 *   that time after the first loss; the reason why there will be no further connection
 */
export async function askUntilAnswered<Link extends AskedLink, T>(
  peer: AskedPeer<Link>,
  ask: (link: Link) => Promise<T>,
): Promise<T> {
  const { clock, requestTimeout } = peer.node;
  // Measured from the first loss: a silent connection may have taken the whole time of a call until it was closed.
  let end: number | undefined;
  let left = requestTimeout;
  for (;;) {
    const link = peer.accepting && peer.link !== undefined ? peer.link : await peer.ready({ timeout: left });
    try {
      return await ask(link);
    } catch (cause) {
      if (link.open || !isLoss(cause)) throw cause;
      end ??= clock.now() + requestTimeout;
      left = end - clock.now();
      if (left > 0) continue;
      const text = `${(cause as NetronError).message}; no other connection within ${requestTimeout} ms`;
      throw new NetronError('deadline_exceeded', text, { cause });
    }
  }
}

function isLoss(error: unknown): boolean {
  return NetronError.is(error, 'unknown_outcome') || NetronError.is(error, 'unavailable');
}

/**
 * Waits for `work` as long as a call with these options may take. The work continues for other callers.
 *
 * @param what names the work in errors
 * @throws NetronError `deadline_exceeded`, `canceled`
 */
export async function withinCall<T>(
  work: Promise<T>,
  options: RepeatOptions | undefined,
  clock: Clock,
  what: string,
): Promise<T> {
  const { signal } = options ?? {};
  const timeout = options === undefined ? Infinity : timeOf(options, Infinity);
  if (timeout === Infinity && signal === undefined) return work;
  const over = deferred<never>();
  const late = (): void => over.reject(new NetronError('deadline_exceeded', `${what} was not found within ${timeout} ms`));
  const timer = timeout === Infinity ? undefined : clock.setTimeout(late, timeout);
  const off = signal && onAbort(signal, (cause) => over.reject(new NetronError('canceled', `${what} was canceled`, { cause })));
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    off?.();
    clock.clearTimeout(timer);
  }
}
