/** Opens the stream by which a server reports stale tags; loaded with live data. */
import { mediaTypes, NetronError } from '@omnitron-dev/netron/http/client';
import type { Credentials } from '../request/credentials.js';
import { otherUser } from '../request/principal.js';
import type { StreamedAnswer } from '../request/stream-reader.js';
import type { Transmitter } from '../request/transmitter.js';
import { orAborted } from '../util/limit.js';
import type { OpenEvents } from './event-connection.js';

export { currentUser } from '../request/current-user.js';

/** The parts of the peer that are used. */
export interface OpenEventsParts {
  readonly credentials: Credentials;
  readonly transmitter: Transmitter;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout: number;
}

/**
 * Returns a function that opens streams of events from a server for the user named `owner`. It rejects with `unauthenticated` when the user
 * is another one, and with `data_loss` for an answer without a body.
 */
export function eventsOf({ transmitter, headers, timeout, credentials }: OpenEventsParts, owner: string): OpenEvents {
  return async (tags, cursor, signal) => {
    const principal = credentials.principal();
    if ((await orAborted(Promise.resolve(principal.owner()), signal)) !== owner) throw otherUser();
    const opened: { reader?: ReadableStreamDefaultReader<Uint8Array> } = {};
    const read = ({ reader }: StreamedAnswer) => {
      opened.reader = reader;
    };
    await transmitter.send({
      service: '$events',
      method: '',
      path: '/$events',
      args: [...tags],
      safe: false,
      idempotent: true,
      headers: { ...headers, ...(cursor !== undefined && { 'last-event-id': cursor }) },
      principal,
      timeout,
      priority: 'normal',
      retry: undefined,
      signal,
      state: new Map(),
      stream: { mediaType: mediaTypes.events, read },
    });
    if (opened.reader === undefined) throw new NetronError('data_loss', '$events: the answer has no body');
    return opened.reader;
  };
}
