import { type Handler, type MemberInfo, TransportRule } from '@omnitron-dev/netron';
import { insteadOf, quoted } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';

/**
 * Refuses members that say a transport which does not exist: nobody could call them by it. Stands in the place `node`.
 *
 * @param known names of the node's transports, and of others that calls come by
 * @throws TitanError `invalid_use` when a service with such a member is exposed
 */
export function checkTransportNames(known: () => readonly string[]) {
  return (next: Handler, member: MemberInfo): Handler => {
    const names = known();
    const unknown = member.annotation(TransportRule)?.find((name) => !names.includes(name));
    if (unknown === undefined) return next;
    const where = `${member.service}.${member.name}`;
    const text = `${where}: there is no transport ${quoted(unknown)}${insteadOf(unknown, names)}`;
    throw new TitanError('invalid_use', `${text}; transports of the program's own are named by createApp({ edges })`);
  };
}
