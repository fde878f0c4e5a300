/** A server, and what the samples take as given. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineService, Netron, NetronError, withAnnotations } from '@omnitron-dev/netron';
import { Cache, httpHandler, Invalidates } from '@omnitron-dev/netron/http';
import { afterAll, beforeEach } from 'vitest';
import { createApp, createRoot, type ModuleReference, type View } from '../../src/index.js';
import { renderToString } from '../../src/ssr.js';

export interface User {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
}

export interface IUserService {
  getUsers(): Promise<User[]>;
  getUser(id: string): Promise<User>;
  updateUser(id: string, data: Partial<User>): Promise<User>;
}

const users = new Map<string, User>();
/** Calls by method, headers of the last request, pages that were tracked. */
export const server = { calls: {} as Record<string, number>, headers: {} as Record<string, unknown>, tracked: [] as string[] };
beforeEach(() => {
  server.calls = {};
  server.tracked.length = 0;
  users.clear();
  users.set('1', { id: '1', name: 'Ada', active: true });
  users.set('2', { id: '2', name: 'Grace', active: false });
});

const count = (method: string) => {
  server.calls[method] = (server.calls[method] ?? 0) + 1;
};
const cached = Cache({ ttl: 60, tags: ['users'] });
const node = await Netron.create({ logLevel: 'error' });
const expose = (name: string, methods: Parameters<typeof defineService>[0]['methods']) =>
  node.peer.exposeService(defineService({ name: `${name}@1.0.0`, methods }));
const userMethods = {
  getUsers: withAnnotations(() => {
    count('getUsers');
    return [...users.values()];
  }, cached),
  getUser: withAnnotations((id: string) => {
    count('getUser');
    return users.get(id);
  }, cached),
  updateUser: withAnnotations((id: string, data: Partial<User>) => {
    count('updateUser');
    const user = users.get(id);
    if (user === undefined) throw new NetronError('not_found', `no user '${id}'`);
    const next = { ...user, ...data };
    users.set(id, next);
    return next;
  }, Invalidates(['users'])),
};
await expose('user', userMethods);
await expose('product', {
  getProducts: withAnnotations(() => ['tea'], Cache({ ttl: 60 })),
  getFeaturedProducts: withAnnotations(() => ['coffee'], Cache({ ttl: 60 })),
});
await expose('analytics', { trackPageView: (page: string) => void server.tracked.push(page) });
await expose('auth', { verifySession: () => ({ valid: false }) });

const handler = httpHandler(node);
const http = createServer((request, response) => {
  server.headers = request.headers;
  void handler.node(request, response);
});
await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
export const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
afterAll(async () => {
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
  await node.stop();
});

/** Renders a component with the application of a module, on a server: its queries are waited for. */
export async function shown(module: ModuleReference, root: () => View): Promise<string> {
  await using app = createApp(module);
  return (await renderToString(app.view(root))).replace(/<script.*|<!---->/g, '');
}

/** Runs a setup with the application of a module. */
export function setup<T>(module: ModuleReference, run: () => T) {
  const { container } = createApp(module);
  return createRoot((dispose) => ({ container, result: container.run(run), dispose }));
}

export const Spinner = () => <i>…</i>;
export const Error = (props: { message: string }) => <b>{() => props.message}</b>;
export const UserTable = (props: { users?: readonly User[] }) => <p>{() => props.users?.map(({ name }) => name).join()}</p>;
export const toast = { told: [] as string[], success: (text: string) => toast.told.push(text), error: (text: string) => toast.told.push(text) };
