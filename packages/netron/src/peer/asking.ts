/** Questions to another node that may be asked again: they go on over the next connection, as long as there is time. */
import { NetronError } from '../errors/netron-error.js';
import { type CallOptions, type RepeatOptions, timeOf } from '../service/call/options.js';
import type { Clock } from '../util/clock.js';
import { deferred } from '../util/deferred.js';
import { onAbort } from '../util/on-abort.js';

/** A connection, as far as questions go. */
interface AskedLink {
  /** Whether it is in use. */
  readonly open: boolean;
}

/** Members of the peer that questions use. */
export interface AskedPeer<Link extends AskedLink> {
  readonly node: { readonly clock: Clock; readonly requestTimeout: number };
  /** Whether the link in use takes calls. */
  readonly accepting: boolean;
  readonly link: Link | undefined;
  /** Resolves when a link takes calls. */
  ready(options: CallOptions | undefined): Promise<Link>;
}

/**
 * Asks until there is an answer: that a connection was lost meanwhile is none. Asks at once when it can, so that a call made
 * after this comes after it.
 *
 * @throws what `ask` fails with; `deadline_exceeded` when there is no connection within `requestTimeout`, or no answer over
 *   another one within that time after the first was lost; why there will be none
 */
export async function askUntilAnswered<Link extends AskedLink, T>(
  peer: AskedPeer<Link>,
  ask: (link: Link) => Promise<T>,
): Promise<T> {
  const { clock, requestTimeout } = peer.node;
  // Counted from the first loss: a silent connection may have taken all the time of a call until it was given up.
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
      const text = `${(cause as NetronError).message}, and over no other within ${requestTimeout} ms`;
      throw new NetronError('deadline_exceeded', text, { cause });
    }
  }
}

function isLoss(error: unknown): boolean {
  return NetronError.is(error, 'unknown_outcome') || NetronError.is(error, 'unavailable');
}

/**
 * Waits for `work` as long as a call with these options may take; it goes on for others.
 *
 * @param what is asked for, for messages of errors
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
