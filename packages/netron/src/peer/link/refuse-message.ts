/** Long messages that are not received completely: fails the calls and streams that wait for them. */
import { NetronError } from '../../errors/netron-error.js';
import type { CallOutcome } from '../../errors/outcome.js';
import { kinds } from '../../wire/packets.js';
import type { Subject } from './packet-subject.js';

/** The members of the link that know what waits. */
export interface WaitedFor {
  readonly incoming: { refuse(id: number, flagBits: number, error: NetronError): void };
  readonly calls: { error(id: number, error: Error, outcome: CallOutcome): void };
  readonly incomingStreams: { abort(id: number, error: NetronError): void };
  /** Reports a failure that no caller awaits. */
  reportError(error: unknown): void;
}

/**
 * Fails the call or stream of a long message; the connection continues.
 *
 * @throws NetronError `error` itself when the message concerns the whole connection
 */
export function refuseMessage(link: WaitedFor, { first, number }: Subject, error: NetronError): void {
  switch (first & 0x1f) {
    case kinds.call:
    case kinds.pipe:
      return link.incoming.refuse(number, first & 0xe0, error);
    case kinds.result:
      return link.calls.error(number, error, 'ran');
    case kinds.error:
      return link.calls.error(number, error, 'unknown');
    case kinds.item:
    case kinds.end:
    case kinds.fail:
      return link.incomingStreams.abort(number, error);
    case kinds.event:
      return link.reportError(error);
    default:
      throw error;
  }
}
