import type { CallOptions } from '../../service/call/options.js';
import { type AskedPeer, askUntilAnswered } from '../asking.js';
import type { CallSender } from '../calls/call-sender.js';
import type { LinkParts } from '../link/link-parts.js';
import { systemCallee } from './members.js';

/** The members of a peer that calls of its node's own service use. */
export interface SystemPeer {
  readonly node: { readonly parts: Pick<LinkParts, 'streams'> };
  /** Resolves to the link as soon as one accepts calls. */
  ready(options: CallOptions | undefined): Promise<{ readonly calls: CallSender }>;
  /** Reports a failure that no caller awaits. */
  reportError(error: unknown): void;
}

/**
 * Calls a member of the peer's own service, on the link in use or the next one. Streams in arguments that are not sent are closed.
 *
 * @param member one of `systemMembers`
 */
export async function callSystem(
  peer: SystemPeer,
  member: number,
  args: unknown[],
  method: string,
  options?: CallOptions,
): Promise<unknown> {
  const { streams } = peer.node.parts;
  streams.guard(args);
  try {
    const { calls } = await peer.ready(options);
    return calls.call(systemCallee(member, method), args, options);
  } catch (error) {
    streams.discard(args, (failed) => peer.reportError(failed));
    throw error;
  }
}

/** A link, as requests to the other end's own service use it. */
export interface AskedSystem {
  readonly open: boolean;
  readonly calls: CallSender;
}

/**
 * Does the same for a member that is safe to call twice: repeats the call on the next link when one is lost before the answer.
 *
 * @throws the errors of `askUntilAnswered`
 */
export function askSystem(peer: AskedPeer<AskedSystem>, member: number, args: unknown[], method: string): Promise<unknown> {
  return askUntilAnswered(peer, ({ calls }) => calls.call(systemCallee(member, method), args));
}
