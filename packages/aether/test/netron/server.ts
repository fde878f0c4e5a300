/** A real Netron server with users, whose calls are counted. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineService, getCallContext, Netron, NetronError, withAnnotations } from '@omnitron-dev/netron';
import { Cache, httpHandler, Invalidates } from '@omnitron-dev/netron/http';

export interface User {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
}

/** The service as the page knows it. */
export interface IUserService {
  getUsers(): Promise<User[]>;
  getUser(id: string): Promise<User>;
  rename(id: string, name: string): Promise<User>;
  fail(message: string): Promise<User>;
  never(): Promise<void>;
  page(offset: number): Promise<{ items: number[]; next: number | undefined }>;
  born(id: string): Promise<Date>;
  /** Counts to three, then fails; from 100 on it goes on until nobody listens. */
  count(from: number): AsyncIterable<number>;
  /** Gives one item and goes on until nobody listens. */
  listen(): AsyncIterable<number>;
}

export interface UserServer extends AsyncDisposable {
  readonly url: string;
  /** Calls by method. */
  readonly calls: Record<string, number>;
  readonly users: Map<string, User>;
  /** Calls of `never`, `count` and `listen` that are still under way. */
  readonly running: Set<symbol>;
}

/** @param origins pages that may call */
export async function startUserServer(origins: readonly string[] = []): Promise<UserServer> {
  const calls: Record<string, number> = {};
  const count = (method: string) => {
    calls[method] = (calls[method] ?? 0) + 1;
  };
  const users = new Map<string, User>();
  for (const [id, name] of [
    ['1', 'Ada'],
    ['2', 'Grace'],
  ] as const) {
    users.set(id, { id, name, active: id === '1' });
  }
  const running = new Set<symbol>();
  const service = defineService({
    name: 'user@1.0.0',
    methods: {
      getUsers: withAnnotations(
        () => {
          count('getUsers');
          return [...users.values()].toSorted((a, b) => a.id.localeCompare(b.id));
        },
        Cache({ ttl: 60, tags: ['users'] }),
      ),
      getUser: withAnnotations(
        (id: string) => {
          count('getUser');
          const user = users.get(id);
          if (user === undefined) throw new NetronError('not_found', `no user '${id}'`);
          return user;
        },
        Cache({ ttl: 60, tags: ['users'] }),
      ),
      rename: withAnnotations(
        (id: string, name: string) => {
          count('rename');
          const user = users.get(id);
          if (user === undefined) throw new NetronError('not_found', `no user '${id}'`);
          users.set(id, { ...user, name });
          return { ...user, name };
        },
        Invalidates(['users']),
      ),
      page: withAnnotations(
        (offset: number) => {
          count('page');
          const items = [offset, offset + 1];
          return { items, next: offset >= 4 ? undefined : offset + users.size };
        },
        Cache({ ttl: 60, tags: ['pages'] }),
      ),
      born: withAnnotations(() => new Date(0), Cache({ ttl: 60 })),
      async *count(from: number) {
        const call = Symbol('count');
        running.add(call);
        try {
          for (let item = from; item < from + 3 || from === 100; item++) {
            yield item;
            await new Promise((resolve) => setImmediate(resolve));
          }
          throw new NetronError('failed_precondition', 'three are enough');
        } finally {
          running.delete(call);
        }
      },
      async *listen() {
        const call = Symbol('listen');
        count('listen');
        running.add(call);
        try {
          yield 1;
          const { signal } = getCallContext();
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        } finally {
          running.delete(call);
        }
      },
      fail: (message: string) => {
        throw new NetronError('failed_precondition', message);
      },
      never: () => {
        const call = Symbol('call');
        running.add(call);
        return new Promise<void>((_, reject) => {
          getCallContext().signal.addEventListener('abort', () => {
            running.delete(call);
            reject(new NetronError('canceled', 'left'));
          });
        });
      },
    },
  });
  const node = await Netron.create({ logLevel: 'error' });
  await node.peer.exposeService(service);
  const handler = httpHandler(node, { cors: { origins } });
  const server = createServer((request, response) => void handler.node(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    users,
    running,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await node.stop();
    },
  };
}
