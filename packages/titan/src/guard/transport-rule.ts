import { type Handler, type MemberInfo, NetronError } from '@omnitron-dev/netron';
import { TransportRule } from '@omnitron-dev/netron/http';

/** Refuses calls that come over a transport which the member does not name. Stands in the place `rights`. */
export function checkTransport(next: Handler, member: MemberInfo): Handler {
  const allowed = member.annotation(TransportRule);
  if (!allowed) return next;
  const known = new Set(allowed.map((name) => name.toLowerCase()));
  return (call) => {
    const { transport = 'local' } = call.peer;
    if (transport === 'local' || known.has(transport)) return next(call);
    throw new NetronError('permission_denied', `${member.service}.${member.name} is not served over ${transport}`);
  };
}
