/** Answers one call with the bytes that it asks for, and exits as soon as `stop()` has resolved. argv: how it is reached. */
import { defineService, Netron, type NetronOptions } from '../../../src/index.js';

const ways: Record<string, NonNullable<NetronOptions['transports']>> = {
  tcp: { tcp: { port: 0 } },
  websocket: { websocket: { port: 0 } },
  unix: { unix: { path: process.argv[3] as string } },
  ipc: { ipc: true },
};
const way = process.argv[2] as string;
const node = await Netron.create({ logLevel: 'silent', transports: ways[way] ?? {} });
await node.peer.exposeService(
  defineService({
    name: 'giver@1.0.0',
    methods: {
      give: (length: number) => {
        setImmediate(async () => {
          await node.stop();
          process.exit(node.unfinished);
        });
        return new Uint8Array(length).fill(7);
      },
    },
  }),
);
process.send?.(node.addresses[0]);
