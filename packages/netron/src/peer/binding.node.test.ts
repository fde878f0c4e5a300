import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { target } from '../service/call/proxy.js';
import type { ServiceDefinition } from '../service/definition.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { type BindingPeer, ServiceBinding } from './binding.js';
import { allParts } from './link/all-parts.js';

const definition: ServiceDefinition = { name: 'shop', version: '1.0.0', members: [{ name: 'find', kind: 'method' }] };

/** A service that was called on a connection, which is gone. */
async function detached() {
  const link = { calls: { call: async () => 'called' } };
  const peer = { node: { clock: new VirtualClock(), parts: allParts }, accepting: true } as unknown as BindingPeer;
  const binding = new ServiceBinding(peer, 'shop', { [target]: { link, handle: 7, definition } });
  binding.holders = 1;
  expect(await binding.invoke(0, [], undefined)).toBe('called');
  binding.detach();
  return { binding, link: new WeakRef(link) };
}

it('a service does not retain the connection that it was called on when that is gone', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { binding, link } = await detached();
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect([binding.attached, link.deref()]).toEqual([false, undefined]);
});
