import type { Socket } from 'node:net';
import { NetronError } from '../../errors/netron-error.js';
import { connectAttempt } from '../connect-attempt.js';
import { nobodyListens } from '../refused.js';
import type { ConnectOptions } from '../transport.js';

/** Error codes of the system and of OpenSSL for a refused certificate or a failed handshake. */
const distrust = /^(?:CERT_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_)/;

/**
 * Waits for a socket to connect.
 *
 * @param create creates the socket, which is destroyed when the attempt fails
 * @param readyEvent event after which the socket carries bytes
 * @throws NetronError `unavailable` when nothing answers, `unauthenticated` when a TLS handshake fails, `deadline_exceeded`, `canceled`
 */
export function dial<S extends Socket, C>(
  address: string,
  options: ConnectOptions,
  create: () => S,
  wrap: (socket: S) => C,
  readyEvent: 'connect' | 'secureConnect' = 'connect',
): Promise<C> {
  return connectAttempt<C>(address, options, (attempt) => {
    const socket = create();
    const onError = (cause: Error) => attempt.failed(dialError(address, cause));
    const onClose = () => onError(new Error('the connection was closed before it was ready'));
    socket.on('error', onError);
    socket.on('close', onClose);
    socket.once(readyEvent, () => {
      socket.off('error', onError);
      socket.off('close', onClose);
      attempt.done(wrap(socket));
    });
    return () => socket.destroy();
  });
}

/** System error codes for an address at which nothing listens; the second is that of a socket file. */
const refused: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT']);

/** Returns the error for a failed attempt to connect. */
export function dialError(address: string, cause: Error): NetronError {
  const { code = '' } = cause as { code?: string };
  if (distrust.test(code)) return new NetronError('unauthenticated', `no trust in ${address}: ${cause.message}`, { cause });
  if (refused.has(code)) return nobodyListens(address, cause);
  return new NetronError('unavailable', `cannot connect to ${address}: ${cause.message}`, { cause });
}
