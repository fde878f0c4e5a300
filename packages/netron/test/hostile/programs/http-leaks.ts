/** B11 over HTTP: as many calls, reads, streams, batches, events, uploads, refusals and connections each; what there is more of for one of each. */
import { Agent, createServer, request } from 'node:http';
import { Session } from 'node:inspector';
import type { AddressInfo } from 'node:net';
import { Cache, httpHandler } from '../../../src/http/index.js';
import { defineService, Netron, NetronError, withAnnotations } from '../../../src/index.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const count = Number(process.argv[2] ?? 50);
const state = { open: 0, streams: 0 };
const service = defineService({
  name: 'all@1.0.0',
  methods: {
    add: (a: number, b: number) => a + b,
    read: withAnnotations((n: number) => ({ n, at: new Date(0) }), Cache({ ttl: 60, tags: ['numbers'] })),
    async *count() {
      state.streams += 1;
      state.open += 1;
      try {
        for (let number = 0; ; number += 1) yield number;
      } finally {
        state.open -= 1;
      }
    },
    store: async (file: Blob) => file.size,
  },
});
const authenticate = (token: unknown): undefined => {
  if (token !== undefined) throw new NetronError('unauthenticated', 'nobody is known here');
};
const node = await Netron.create({ logger: quiet, authenticate });
await node.peer.exposeService(service);
const handler = httpHandler(node);
const server = createServer((incoming, response) => void handler.node(incoming, response));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;

/** One connection for each of ten askers. */
const agent = new Agent({ keepAlive: true, maxSockets: 10 });

interface Asked {
  readonly method?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: Agent | false;
  /** Leaves after the first bytes. */
  readonly leave?: boolean;
}

function ask(path: string, { method = 'POST', body, headers = {}, leave = false, ...rest }: Asked = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const options = { port, host: '127.0.0.1', path: `/netron${path}`, method, agent: rest.agent ?? agent };
    const sent = request({ ...options, headers: { ...type, ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (leave) response.destroy();
      });
      response.on('error', () => {});
      response.on('close', () => resolve(`${response.statusCode} ${response.headers['netron-tags'] ?? ''} ${text}`));
    });
    sent.on('error', (error) => (leave ? undefined : reject(error)));
    sent.end(body);
  });
}

const told = new Map<string, number>();
const note = (name: string, answer: string): void => {
  const status = `${name} ${answer.slice(0, 3)}`;
  told.set(status, (told.get(status) ?? 0) + 1);
};
const tags = decodeURIComponent((await ask('/all/read?args=[1]', { method: 'GET' })).split(' ')[1] as string).split(',');
const json = JSON.stringify;
let number = 0;

const work: Record<string, () => Promise<string>> = {
  calls: () => ask('/all/add', { body: '[1,2]' }),
  reads: () => ask(`/all/read?args=[${++number}]`, { method: 'GET' }),
  streams: () => ask('/all/count', { body: '[]', leave: true }),
  batches: () =>
    ask('/$batch', {
      body: json([1, 2].map((id) => ({ id, service: 'all', method: 'add', args: [id, id] }))),
      headers: { 'netron-batch': `name-${++number}` },
    }),
  canceled: () => ask('/$cancel', { body: json([`name-${++number}`, 1]), headers: { 'netron-batch': `name-${number}` } }),
  events: () => ask('/$events', { body: json(tags), leave: true }),
  uploads: () =>
    ask('/all/store', {
      body: `{"v":[null],"parts":[{"at":0,"blob":{"size":3,"type":""}}]}\nabc`,
      headers: { 'content-type': 'application/netron+upload' },
    }),
  unknown: () => ask(`/all/made-up-${++number}`, { body: '[]' }),
  malformed: () => ask('/all/add', { body: '[1,' }),
  strangers: () => ask('/all/add', { body: '[1,2]', headers: { authorization: `Bearer bad-${++number}` } }),
  skewed: () => ask('/all/add', { body: '[1,2]', headers: { 'netron-contract': `1.0.0;${++number}` } }),
  repeated: () => ask('/all/add', { body: '[1,2]', headers: { 'idempotency-key': `key-${++number}`, traceparent: `${number}` } }),
  connects: () => ask('/all/add', { body: '[1,2]', agent: false }),
};

const inspector = new Session();
inspector.connect();

/** Counts all objects, and what tables and lists hold: names that stay are no objects. */
const counting = `function () {
  let sum = this.length;
  for (const each of this) {
    if (each instanceof Map || each instanceof Set) sum += each.size;
    else if (Array.isArray(each)) sum += each.length;
  }
  return sum;
}`;

/** What is alive after a collection. */
async function held(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    global.gc?.();
  }
  let found = Number.NaN;
  inspector.post('Runtime.evaluate', { expression: 'Object.prototype' }, (_, { result }) => {
    const all = { prototypeObjectId: result.objectId as string, objectGroup: 'all' };
    inspector.post('Runtime.queryObjects', all, (_error, { objects }) => {
      const asked = { objectId: objects.objectId as string, functionDeclaration: counting };
      inspector.post('Runtime.callFunctionOn', asked, (_failed, answer) => {
        found = (answer as { result: { value: number } }).result.value;
      });
    });
  });
  inspector.post('Runtime.releaseObjectGroup', { objectGroup: 'all' });
  return found;
}

/** As many of each kind. */
async function round(): Promise<number> {
  for (const [name, once] of Object.entries(work))
    for (let done = 0; done < count; done += 10)
      await Promise.all(Array.from({ length: 10 }, async () => note(name, await once())));
  return held();
}

// What is made once, or kept up to a bound, comes in one of the two.
const [first, second, third] = [await round(), await round(), await round()];
const grown = Math.max(0, Math.min(second - first, third - second) / count);
agent.destroy();
const connections = () => new Promise<number>((resolve) => server.getConnections((_, open) => resolve(open)));
while ((await connections()) > 0 || state.open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
const answers = Object.fromEntries([...told].map(([name, times]) => [`answer ${name}`, times / (3 * count)]));
console.log(json({ grown, ...answers, begun: state.streams / (3 * count), left: node.peers.size + state.open }));
process.exit(0);
