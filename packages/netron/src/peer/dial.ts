/**
 * One attempt to connect to another node: obtains credentials, connects, exchanges hellos, and passes the connection on to the code that
 * creates the link.
 */
import { NetronError } from '../errors/netron-error.js';
import type { CallPeer } from '../middleware/call.js';
import type { Connection, ConnectionReceiver, Transport } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';
import { type Deferred, deferred } from '../util/deferred.js';
import { onAbort } from '../util/on-abort.js';
import type { Stop } from '../util/stop.js';
import { helloLimit } from '../wire/limits.js';
import { type ConnectionSettings, checkExpected } from './dial-settings.js';
import type { Authenticated } from './identity.js';
import type { Hello } from './link/greeting.js';
import { startHandshake } from './link/handshake.js';
import { ownHello, type PeerKey } from './link/hello.js';
import type { Advertised } from './references/advertised.js';
import type { PeerOwner, Reconnector, RemotePeer } from './remote-peer.js';

/** Options for connecting to one address. */
export interface DialOptions {
  readonly node: PeerOwner;
  readonly transport: Transport;
  /** An address, a list of equivalent addresses, or an object that the transport connects to directly. */
  readonly target: string | object | readonly string[];
  readonly settings: ConnectionSettings;
  readonly peerKey: PeerKey;
  /** Registers the peer at the node under a free id. */
  readonly adopt: (nodeId: string, number: number, reconnector: Reconnector) => RemotePeer;
}

/** The hellos of both ends of a new connection. */
export interface Greeted {
  readonly hello: Hello;
  readonly remote: Hello;
  /** Services of this node that its hello has announced. */
  readonly advertised: Advertised;
}

/** One attempt. */
export interface Attempt {
  /** An address, or an object that the transport connects to directly. */
  readonly target: string | object;
  /** Ends all attempts. */
  readonly stop: Stop;
  readonly peerKey: PeerKey;
  /** The session that is requested; absent when none is. */
  readonly session?: Pick<Hello, 'next' | 'received'> | undefined;
  /** Returns the receiver of everything after the hello of the other end. */
  begin(connection: Connection, greeted: Greeted): ConnectionReceiver;
}

/** Identity of the accepting side, which does not authenticate. */
export const nobody: Authenticated = { identity: undefined, expiresInMs: undefined };

/** Placeholder for a peer that has not sent its hello yet. */
const stranger: CallPeer = Object.freeze({ id: '', identity: undefined });

/**
 * Makes one connection. Resolves after `begin` was called.
 *
 * @throws NetronError `canceled` when it was stopped, `deadline_exceeded`, the error of the transport or the refusal of the other end
 */
export async function dial({ node, transport, settings }: DialOptions, attempt: Attempt): Promise<void> {
  const { target, stop, peerKey, session } = attempt;
  if (stop.stopped) throw canceled(stop);
  const { signal } = stop;
  const asked = node.clock.now();
  const credentials = await shownCredentials(node.clock, settings, target, signal);
  const timeout = Math.max(1, Math.ceil(settings.timeout - (node.clock.now() - asked)));
  const { hello, advertised } = ownHello(node, { caller: stranger, peerKey, credentials, session });
  const connection = await transport.connect(target as string, {
    clock: node.clock,
    scheduler: node.scheduler,
    // A hello may be longer than the following messages.
    maxMessage: Math.max(node.announced.message, helloLimit),
    ...settings.transportOptions,
    timeout,
    signal,
  });
  if (signal.aborted) {
    connection.terminate();
    throw canceled(signal);
  }
  const off = onAbort(signal, () => connection.terminate());
  try {
    await startHandshake(connection, hello, { node, timeout }, (remote) => {
      if (signal.aborted) throw canceled(signal);
      checkExpected(settings.expect, remote, connection.remoteAddress);
      return attempt.begin(connection, { hello, remote, advertised });
    });
  } finally {
    off();
    stop.done();
  }
}

/**
 * Returns the credentials for the other end. A function is called and has the time of one attempt.
 *
 * @throws NetronError `deadline_exceeded`, `canceled`; the error of the function
 */
export async function shownCredentials(
  clock: Clock,
  { credentials, timeout }: ConnectionSettings,
  target: string | object,
  signal: AbortSignal,
): Promise<unknown> {
  if (typeof credentials !== 'function') return credentials;
  const late = (): NetronError => new NetronError('deadline_exceeded', `the credentials were not available within ${timeout} ms`);
  return within(
    clock,
    signal,
    timeout,
    (waited) => waited.reject(late()),
    async () => credentials(typeof target === 'string' ? target : ''),
  );
}

/** Waits for `work` until `ms` milliseconds have passed, when `over` makes the error, or `signal` aborts. */
export async function within<T>(
  clock: Clock,
  signal: AbortSignal,
  ms: number,
  over: (waited: Deferred<T>) => void,
  work?: () => Promise<T>,
): Promise<T> {
  const waited: Deferred<T> = deferred();
  const timer = clock.setTimeout(() => over(waited), ms);
  const off = onAbort(signal, () => waited.reject(canceled(signal)));
  try {
    return await (work === undefined ? waited.promise : Promise.race([waited.promise, work()]));
  } finally {
    clock.clearTimeout(timer);
    off();
  }
}

/** Returns the error for a connection attempt that was stopped. */
export function canceled({ reason }: { readonly reason: unknown }): NetronError {
  return new NetronError('canceled', 'connecting was canceled', { cause: reason });
}
