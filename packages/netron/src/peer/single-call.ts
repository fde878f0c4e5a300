/** Calls of one member of a peer's service by name: looks up the service, calls the member, and releases the service. */
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { type CallOptions, checkCallOptions, shortenedBy } from '../service/call/options.js';
import type { Clock } from '../util/clock.js';
import { withinCall } from './asking.js';
import type { ServiceBinding } from './binding.js';
import type { LinkParts } from './link/link-parts.js';
import type { PeerServices } from './services.js';

/** The members of the peer that single calls use. */
export interface CalledPeer {
  readonly node: { readonly clock: Clock; readonly parts: Pick<LinkParts, 'streams'> };
  readonly services: Pick<PeerServices, 'isNamed'>;
  /** Returns the binding of a query. */
  lookUp(query: string): Promise<ServiceBinding>;
  /** Reports a failure that no caller awaits. */
  reportError(error: unknown): void;
}

/**
 * Calls one member without a proxy.
 *
 * @throws NetronError `not_found`; the error of the call
 */
export async function callMember(
  peer: CalledPeer,
  service: string,
  method: string,
  args: unknown[],
  options: CallOptions | undefined,
): Promise<unknown> {
  if (options !== undefined) checkCallOptions(options);
  const { clock, parts } = peer.node;
  parts.streams.guard(args);
  const discard = (): void => parts.streams.discard(args, (error) => peer.reportError(error));
  const start = clock.now();
  const binding = await withinCall(peer.lookUp(service), options, clock, `service '${service}'`).catch((error: unknown) => {
    discard();
    throw withOutcome(error, 'not_run');
  });
  binding.holders += 1;
  try {
    const member = binding.definition.members.findIndex(({ name }) => name === method);
    if (member >= 0) return await binding.invoke(member, args, shortenedBy(clock.now() - start, options));
    discard();
    throw withOutcome(new NetronError('not_found', `service '${service}' has no member '${method}'`), 'not_run');
  } finally {
    // The binding stays for the next call, unless another one has taken its name; only this use of it ends.
    binding.holders -= 1;
    if (binding.unused && !peer.services.isNamed(binding)) binding.drop();
  }
}
