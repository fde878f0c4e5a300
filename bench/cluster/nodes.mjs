/** Three nodes that serve the same, over TCP; tells whoever started it where they are. */
import '../harness/application.mjs';
import { defineService, Netron } from '@omnitron-dev/netron';
import { source } from '../harness/data.mjs';

/** @param {string} name */
const service = (name) =>
  defineService({
    name,
    methods: {
      add: (/** @type {number} */ a, /** @type {number} */ b) => a + b,
      echo: (/** @type {object} */ record) => record,
      async *download(/** @type {number} */ size) {
        yield* source(size);
      },
    },
  });

const nodes = [];
for (const id of ['a', 'b', 'c']) {
  const node = await Netron.create({ id, transports: { tcp: { port: 0 } } });
  await node.peer.exposeService(service('three@1.0.0'));
  if (id === 'a') await node.peer.exposeService(service('one@1.0.0'));
  nodes.push({ id, address: node.addresses[0] });
}
process.send?.(nodes);
process.once('disconnect', () => process.exit());
