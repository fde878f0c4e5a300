import { expect, it } from 'vitest';
import type { Link } from '../peer/link/link.js';
import { Reference } from '../peer/references/reference.js';
import type { RemotePeer } from '../peer/remote-peer.js';
import { createProxy } from '../service/call/proxy.js';
import { ServiceRegistry } from '../service/registry.js';
import { serviceBinder } from '../service/service-binder.js';
import { HostedServices } from './hosted-services.js';
import type { Netron } from './netron.js';

/** A service of a peer, as it is received over one of the connections. */
function brought(link: { open: boolean }, method: string): object {
  const members = [{ name: method, kind: 'method' }] as const;
  return createProxy(
    new Reference(Object.assign(link, { node: { clock: { now: () => 0 } } }) as unknown as Link, 1, {
      name: 'tool',
      version: '1.0.0',
      members,
    }),
  );
}

it('a peer that disconnects while it exposes a changed service leaves nothing behind', async () => {
  const services = new ServiceRegistry(serviceBinder({ incoming: [], construct: undefined }), () => {});
  const hosting = new HostedServices({} as Netron, services, true);
  const peer = { state: 'ready' };
  const first = { open: true, imports: { release() {}, releaseChildren() {} } };
  await hosting.exposeFor(peer as RemotePeer, brought(first, 'one'));
  expect(services.names).toEqual(['tool@1.0.0']);
  first.open = false;
  const again = hosting.exposeFor(peer as RemotePeer, brought({ open: true }, 'two'));
  peer.state = 'closed';
  await hosting.peerLeft(peer as RemotePeer);
  await expect(again).rejects.toMatchObject({ code: 'canceled' });
  expect(services.names).toEqual([]);
});
