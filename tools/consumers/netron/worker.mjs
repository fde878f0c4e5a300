import { defineService, Netron } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';

/** Made with the first request: workers may neither wait nor make random numbers before. */
async function start() {
  const node = await Netron.create();
  await node.peer.exposeService(
    defineService({
      name: 'calculator@1.0.0',
      methods: {
        add: (a, b) => a + b,
        async *count(to) {
          for (let n = 1; n <= to; n++) yield n;
        },
      },
    }),
  );
  return httpHandler(node);
}

let handler;

export default {
  async fetch(request) {
    handler ??= start();
    return (await handler).fetch(request, { address: request.headers.get('cf-connecting-ip') ?? '' });
  },
};
