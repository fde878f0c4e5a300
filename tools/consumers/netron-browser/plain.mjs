import { Cache, defineService, Invalidates, Netron, withAnnotations } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { HttpRemotePeer } from '@omnitron-dev/netron-browser';

let asked = 0;
const prices = new Map([['apple', 25]]);
const shop = defineService({
  name: 'shop@1.0.0',
  methods: {
    price: withAnnotations(
      (item) => {
        asked += 1;
        return { item, cents: prices.get(item), since: new Date(0) };
      },
      Cache({ ttl: 60, tags: ['prices'] }),
    ),
    setPrice: withAnnotations((item, cents) => void prices.set(item, cents), Invalidates(['prices'])),
    async *count(to) {
      for (let n = 1; n <= to; n++) yield n;
    },
    async store(name, file) {
      let bytes = 0;
      for await (const chunk of file.stream()) bytes += chunk.length;
      return `${name}: ${bytes}`;
    },
  },
});

/** The runtime's own server. */
async function serve({ fetch, node }) {
  if ('Bun' in globalThis) {
    const server = Bun.serve({ port: 0, fetch: (request) => fetch(request) });
    return { port: server.port, close: () => server.stop(true) };
  }
  if ('Deno' in globalThis) {
    const server = Deno.serve({ port: 0, onListen: () => {} }, (request) => fetch(request));
    return { port: server.addr.port, close: () => server.shutdown() };
  }
  const { createServer } = await import('node:http');
  const server = createServer(node);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, close: () => server.closeAllConnections() ?? server.close() };
}

const node = await Netron.create();
await node.peer.exposeService(shop);
const server = await serve(httpHandler(node));
const peer = new HttpRemotePeer(`http://127.0.0.1:${server.port}`, { live: false });
const remote = await peer.queryFluentInterface('shop');

const first = await remote.cache(60_000).price('apple');
await remote.cache(60_000).price('apple');
const askedOnce = asked;
await remote.setPrice('apple', 30);
const [second, numbers, stored] = [await remote.cache(60_000).price('apple'), [], await remote.store('a', new Blob(['abc']))];
for await (const n of remote.count(3)) numbers.push(n);
const failure = await remote.nothing?.().catch(({ code }) => code);
await peer.close();
await node.stop();
await server.close();

const got = [first.cents, first.since instanceof Date, askedOnce, second.cents, stored, numbers.join(), failure].join(' ');
if (got !== '25 true 1 30 a: 3 1,2,3 not_found') throw new Error(`got ${got}`);
console.log('ok');
