/** A worker of a page: a node of its own, which the page connects to through a `MessagePort`. */
import { defineService, getCallContext, Netron } from '../../src/index.js';

const checksum = defineService({
  name: 'checksum@1.0.0',
  methods: {
    xor: (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum ^ byte, 0),
    async *squares(to: number) {
      for (let number = 1; number <= to; number += 1) yield number * number;
    },
    ask: async (question: (text: string) => Promise<string>) => question('who is there?'),
    where: () => [typeof document, getCallContext().service],
    askedTwice: () => [getCallContext(), getCallContext()].map(({ method }) => method),
  },
});

export type Checksum = typeof checksum;

const netron = await Netron.create({
  id: 'worker',
  transports: { 'message-port': true },
});
await netron.peer.exposeService(checksum);
