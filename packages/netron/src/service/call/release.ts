import { NetronError } from '../../errors/netron-error.js';
import { targetOf } from './proxy.js';

/**
 * Releases a proxy. Any other value is ignored.
 *
 * @throws NetronError `invalid_argument` when it does not belong to `peer`
 */
export function release(proxy: object, peer: { readonly id: string }): void {
  const to = targetOf(proxy);
  if (to === undefined) return;
  if (to.owner !== peer) {
    const other = (to.owner as { readonly id?: string } | undefined)?.id;
    const whose = other === undefined ? 'another peer' : `peer '${other}'`;
    throw new NetronError('invalid_argument', `expected an interface of peer '${peer.id}', got one of ${whose}`);
  }
  to.dispose();
}
