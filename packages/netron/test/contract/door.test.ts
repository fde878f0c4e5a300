import type { AddressInfo } from 'node:net';
import { httpEdge } from '../../../../examples/http-edge/src/http-edge.js';
import {
  defineService,
  MemoryTransport,
  Netron,
  NetronError,
  type NetronOptions,
  type RemotePeer,
  withOptions,
} from '../../src/index.js';
import { quiet } from '../integration/nodes.js';
import { type DoorCall, type DoorMembers, testDoor } from './door.js';

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** Peers of a node by the names they show as credentials, and one more without. */
async function linked(options: NetronOptions) {
  const memory = new MemoryTransport();
  const additionalTransports = [memory];
  const node = await Netron.create({ additionalTransports, transports: { memory: true }, ...options });
  const clients = new Map<string, Promise<{ client: Netron; peer: RemotePeer }>>();
  const connect = async (own: NetronOptions) => {
    const client = await Netron.create({ logger: quiet, stopTimeout: 0, additionalTransports, ...own });
    return { client, peer: await client.connect(node.addresses[0] as string) };
  };
  const peer = async (credentials: string | undefined, taskTimeout = 30_000): Promise<RemotePeer> => {
    const key = `${credentials} ${taskTimeout}`;
    const made = clients.get(key) ?? connect({ credentials, taskTimeout });
    clients.set(key, made);
    return (await made).peer;
  };
  const dispose = async (): Promise<void> => {
    await node.stop({ timeout: 0 });
    for (const { client } of await Promise.all(clients.values())) await client.stop();
  };
  return { node, peer, [Symbol.asyncDispose]: dispose };
}

const service = (methods: DoorMembers) => defineService({ name: 'door@1.0.0', methods });

testDoor('link', {
  transport: 'memory',
  async open(members, options) {
    const { node, peer, ...rest } = await linked(options);
    await node.peer.exposeService(service(members));
    return {
      node,
      ...rest,
      call: async (name, args, given) => (await peer(undefined)).call('door', name, args, given),
      callAs: async (user, name) => (await peer(user)).call('door', name),
    };
  },
});

testDoor('task', {
  transport: 'memory',
  skips: { cancel: 'a task is canceled with its connection only' },
  async open(members, options) {
    const { node, peer, ...rest } = await linked(options);
    for (const [name, member] of Object.entries(members)) {
      node.addTask(name, (_peer, ...args) => member(...args), { remote: true });
    }
    return {
      node,
      ...rest,
      call: async (name, args = [], { timeout } = {}) => (await peer(undefined, timeout)).runTask(name, ...args),
      callAs: async (user, name) => (await peer(user)).runTask(name),
    };
  },
});

testDoor('local peer', {
  transport: 'local',
  async open(members, options) {
    const node = await Netron.create(options);
    await node.peer.exposeService(service(members));
    const local = await node.peer.queryInterface<Methods>('door');
    const call = async (name: string, args: unknown[] = [], given: DoorCall = {}) => withOptions(local, given)[name]?.(...args);
    await node.peer.exposeService(defineService({ name: 'relay@1.0.0', methods: { relay: (name: string) => call(name) } }));
    return {
      node,
      call,
      callAs: async (user, name) => {
        const from = { id: user, address: '', transport: 'test' };
        const identity = await node.authenticate(user, from);
        return node.dispatch({ service: 'relay', method: 'relay', args: [name], caller: { ...from, identity } });
      },
      [Symbol.asyncDispose]: () => node.stop({ timeout: 0 }),
    };
  },
});

testDoor('HTTP sample', {
  transport: 'http',
  async open(members, options) {
    const node = await Netron.create(options);
    await node.peer.exposeService(service(members));
    const server = httpEdge(node).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const call = async (name: string, args: unknown[] = [], { timeout, signal }: DoorCall = {}, headers = {}) => {
      const limit = timeout === undefined ? {} : { 'netron-timeout': String(timeout) };
      const body = JSON.stringify(args);
      const init = { method: 'POST', body, headers: { ...headers, ...limit }, ...(signal !== undefined && { signal }) };
      const response = await fetch(`http://127.0.0.1:${port}/door/${name}`, init).catch((error: Error) => {
        throw new NetronError(error.name === 'AbortError' ? 'canceled' : 'unavailable', error.message);
      });
      const { result, error } = (await response.json()) as { result: unknown; error: Parameters<Netron['decodeError']>[0] };
      if (!response.ok) throw node.decodeError(error);
      return result;
    };
    return {
      node,
      call,
      callAs: (user, name) => call(name, [], {}, { authorization: `Bearer ${user}` }),
      [Symbol.asyncDispose]: async () => {
        server.close();
        server.closeAllConnections();
        await node.stop({ timeout: 0 });
      },
    };
  },
});
