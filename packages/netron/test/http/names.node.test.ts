/** A6 over HTTP: names lead to public members and nothing else, and what is hidden cannot be told from what does not exist. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { defineService, Netron } from '../../src/index.js';
import { names } from '../hostile/known-names.js';
import { type Served, serve } from './server.js';
import { shop } from './services.js';

const ran: string[] = [];
let served: Served;
let listening: Netron;
let socket: WebSocket;
beforeAll(async () => {
  const vault = defineService({ name: 'vault@1.0.0', methods: { open: () => void ran.push('vault') } });
  const visible = (_caller: unknown, { name }: { name: string }) => name !== 'vault';
  served = await serve([shop(ran), vault], {}, { visible });
  listening = await Netron.create({ http: true, listenPort: 0, logLevel: 'error', visible });
  for (const service of [shop(ran), vault]) await listening.peer.exposeService(service);
  socket = new WebSocket(`ws://127.0.0.1:${listening.listenPort}`, 'netron.json');
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
});
afterAll(async () => {
  socket?.terminate();
  await listening?.stop();
  await served?.close();
});

type Asked = { status: number; body: string };

const post = async (path: string): Promise<Asked> => {
  const response = await served.post(path, []);
  return { status: response.status, body: await response.text() };
};

/** The answer to one call of a batch, as it would be to the call by itself. */
const inBatch = async (service: string, method: string): Promise<Asked> => {
  const [line = ''] = (await (await served.post('/$batch', [{ id: 1, service, method }])).text()).split('\n');
  const { error } = JSON.parse(line);
  return { status: error.status, body: JSON.stringify(error) };
};

/** The answer to a call as JSON over a WebSocket. */
const overSocket = async (service: string, method: string): Promise<Asked> => {
  const answered = new Promise<unknown>((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ id: 1, call: `${service}.${method}` }));
  const { error } = JSON.parse(String(await answered));
  return { status: error.status, body: JSON.stringify(error) };
};

const places: Record<string, (name: string) => Promise<Asked>> = {
  'a service': (name) => post(`/${encodeURIComponent(name)}/list`),
  'a service with a version': (name) => post(`/${encodeURIComponent(name)}@1.0.0/list`),
  'a member': (name) => post(`/shop/orders/${encodeURIComponent(name)}`),
  'a service to describe': async (name) => {
    const response = await served.ask(`/$services/${encodeURIComponent(name)}`);
    return { status: response.status, body: await response.text() };
  },
  'a service in a batch': (name) => inBatch(name, 'list'),
  'a member in a batch': (name) => inBatch('shop/orders', name),
  'a member over a WebSocket': (name) => overSocket('shop/orders', name),
  // An empty name is no service: such a call is malformed.
  'a service over a WebSocket': (name) => overSocket(name || 'nobodyHasThis', 'list'),
};

describe('A6: only public names exist over HTTP', () => {
  it.each(Object.keys(places))('as %s: 51 names get the same 404', async (place) => {
    const ask = places[place]!;
    const unknown = await ask('nobodyHasThis');
    expect(unknown.status).toBe(404);
    for (const name of names) expect([name, await ask(name)]).toEqual([name, unknown]);
    expect(ran).toEqual([]);
  });

  it('a service that is hidden from the caller gets the same 404', async () => {
    const unknown = await post('/nobodyHasThis/open');
    expect(unknown.status).toBe(404);
    expect(await post('/vault/open')).toEqual(unknown);
    expect(await post('/vault@1.0.0/nothing')).toEqual(unknown);
    expect(await places['a service to describe']!('vault')).toEqual(unknown);
    expect(await inBatch('vault', 'open')).toEqual(unknown);
    expect(await overSocket('vault', 'open')).toEqual(unknown);
    for (const path of ['', '/', '/x', '/$nothing/x', '/$events/x', '/$upload/x'])
      expect([path, await post(path)]).toEqual([path, unknown]);
    expect(ran).toEqual([]);
  });
});
