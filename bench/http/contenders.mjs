/** What is compared over HTTP: by name, a server and the requests that do the same there. */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @typedef {object} Contender
 * @property {() => Promise<number>} serve starts a server of this process and returns its port
 * @property {(a: number) => Buffer} add a request for a + 2
 * @property {((calls: number, slow: boolean) => Buffer) | undefined} [batch] one for many calls, of which the last takes a second
 * @property {Buffer} [down] a request for bytes
 * @property {string} [up] the head of a request that brings bytes, without their length
 */

/** Bytes of a chunk, and chunks of the bytes that are sent. */
export const chunkSize = 65_536;
export const chunks = 1_024;

/** @type {(method: string, path: string, body: string, headers?: string) => Buffer} */
const request = (method, path, body, headers = 'Content-Type: application/json\r\n') =>
  Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: a\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`);

/** @type {(server: import('node:http').Server) => Promise<number>} */
async function listening(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}

const rich = 'Content-Type: application/netron+json\r\nAccept: application/netron+json\r\n';

/** @type {Contender} */
const netron = {
  async serve() {
    const { defineService, Netron } = await import('@omnitron-dev/netron');
    const { httpHandler } = await import('@omnitron-dev/netron/http');
    const calculator = defineService({
      name: 'calculator@1.0.0',
      methods: {
        add: (/** @type {number} */ a, /** @type {number} */ b) => a + b,
        slow: async () => void (await sleep(1_000)),
        async *down() {
          const chunk = Buffer.alloc(chunkSize, 'x');
          for (let n = 0; n < chunks; n++) yield chunk;
        },
        async up(/** @type {Blob} */ file) {
          let bytes = 0;
          for await (const chunk of /** @type {any} */ (file.stream())) bytes += chunk.length;
          return bytes;
        },
      },
    });
    const node = await Netron.create({ logLevel: 'silent' });
    await node.peer.exposeService(calculator);
    return listening(createServer(httpHandler(node).node));
  },
  add: (a) => request('POST', '/netron/calculator/add', `{"v":[${a},2]}`, rich),
  batch(calls, slow) {
    const items = Array.from({ length: calls }, (_, id) => ({ id, service: 'calculator', method: 'add', args: [id, 2] }));
    if (slow) Object.assign(items.at(-1) ?? {}, { method: 'slow', args: [] });
    return request('POST', '/netron/$batch', JSON.stringify(items));
  },
  down: request('POST', '/netron/calculator/down', '', 'Accept: application/octet-stream\r\n'),
  up: 'POST /netron/calculator/up?args=[] HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-bytes\r\n',
};

/** The same by hand: rich JSON of one method, with what any server does. */
/** @type {Contender} */
const bare = {
  serve: () =>
    listening(
      createServer((incoming, response) => {
        if (incoming.url === '/down') return void pour(response);
        if (incoming.url === '/up') {
          let bytes = 0;
          incoming.on('data', (chunk) => {
            bytes += chunk.length;
          });
          return void incoming.on('end', () => response.end(String(bytes)));
        }
        /** @type {Buffer[]} */
        const parts = [];
        incoming.on('data', (part) => parts.push(part));
        incoming.on('end', () => {
          const [first = Buffer.alloc(0)] = parts;
          const { v } = JSON.parse((parts.length === 1 ? first : Buffer.concat(parts)).toString());
          const body = JSON.stringify({ v: v[0] + v[1] });
          response.writeHead(200, [
            ...['content-type', 'application/netron+json', 'cache-control', 'no-store'],
            ...['content-length', String(body.length)],
          ]);
          response.end(body);
        });
      }),
    ),
  add: (a) => request('POST', '/add', `{"v":[${a},2]}`, rich),
  down: request('POST', '/down', ''),
  up: 'POST /up HTTP/1.1\r\nHost: a\r\n',
};

/** @param {import('node:http').ServerResponse} response */
async function pour(response) {
  const chunk = Buffer.alloc(chunkSize, 'x');
  response.writeHead(200, ['content-type', 'application/octet-stream']);
  for (let n = 0; n < chunks; n++) {
    if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end();
}

/** @type {Contender} */
const hono = {
  async serve() {
    const { Hono } = await import('hono');
    const { createAdaptorServer } = await import('@hono/node-server');
    const app = new Hono().post('/add', async (context) => {
      const { a, b } = await context.req.json();
      return context.json(a + b);
    });
    return listening(/** @type {any} */ (createAdaptorServer({ fetch: app.fetch })));
  },
  add: (a) => request('POST', '/add', `{"a":${a},"b":2}`),
};

/** @type {Contender} */
const trpc = {
  async serve() {
    const { initTRPC } = await import('@trpc/server');
    const { createHTTPHandler } = await import('@trpc/server/adapters/standalone');
    const { procedure, router } = initTRPC.create();
    const numbers = (/** @type {unknown} */ value) => /** @type {{ a: number, b: number }} */ (value);
    const calculator = router({
      add: procedure.input(numbers).mutation(({ input: { a, b } }) => a + b),
      slow: procedure.input(numbers).mutation(() => sleep(1_000)),
    });
    return listening(createServer(createHTTPHandler({ router: calculator })));
  },
  add: (a) => request('POST', '/add', `{"a":${a},"b":2}`),
  batch(calls, slow) {
    const names = Array.from({ length: calls }, (_, n) => (slow && n === calls - 1 ? 'slow' : 'add'));
    const body = JSON.stringify(Object.fromEntries(names.map((_, n) => [n, { a: n, b: 2 }])));
    return request('POST', `/${names.join(',')}?batch=1`, body);
  },
};

/** @type {Contender} */
const orpc = {
  async serve() {
    const { os } = await import('@orpc/server');
    const { RPCHandler } = await import('@orpc/server/node');
    const add = os.handler(({ input }) => {
      const { a, b } = /** @type {{ a: number, b: number }} */ (input);
      return a + b;
    });
    const handler = new RPCHandler({ add });
    return listening(
      createServer((incoming, response) => void handler.handle(incoming, response, { prefix: '/rpc', context: {} })),
    );
  },
  add: (a) => request('POST', '/rpc/add', `{"json":{"a":${a},"b":2}}`),
};

/** @type {Record<string, Contender>} */
export const contenders = { bare, netron, hono, orpc, trpc };
