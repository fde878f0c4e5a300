/** Three nodes that serve the same, over TCP; tells whoever started it where they are. */
import { defineService, Netron } from '@omnitron-dev/netron';

/** @param {string} name */
const adder = (name) => defineService({ name, methods: { add: (/** @type {number} */ a, /** @type {number} */ b) => a + b } });

for (const id of ['a', 'b', 'c']) {
  const node = await Netron.create({ id, transports: { tcp: { port: 0 } } });
  await node.peer.exposeService(adder('three@1.0.0'));
  if (id === 'a') await node.peer.exposeService(adder('one@1.0.0'));
  process.send?.({ id, address: node.addresses[0] });
}
process.once('disconnect', () => process.exit());
