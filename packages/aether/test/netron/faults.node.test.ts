/** Hooks whose connection to a real server is slow or is cut. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { FaultProxy } from '../../../netron/test/transport/fault-proxy.js';
import { compileModule, Injectable, Module } from '../../src/index.js';
import { NetronModule, NetronService, useMutation, useQuery, useStream } from '../../src/netron/index.js';
import { emptied, setup, until } from './page.js';
import { type IUserService, startUserServer, type UserServer } from './server.js';

let server: UserServer;
let proxy: FaultProxy;
beforeAll(async () => {
  server = await startUserServer();
  proxy = new FaultProxy({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
  await proxy.listen();
});
afterAll(async () => {
  await proxy.close();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  proxy.faults = {};
});

@Injectable()
class UserService extends NetronService<IUserService> {}

/** Makes the container of a page that reaches its server through the proxy, each request by a connection of its own. */
function pageOfProxy() {
  const backend = {
    url: `http://127.0.0.1:${proxy.port}`,
    fetch: (target: string, init: RequestInit) =>
      fetch(target, { ...init, headers: { ...(init.headers as Record<string, string>), connection: 'close' } }),
  };
  @Module({ imports: [NetronModule.forRoot({ backends: { main: backend } })], providers: [UserService] })
  class AppModule {}
  return compileModule(AppModule);
}

it('values and items arrive whole when each byte comes alone, and late', async () => {
  proxy.faults = { slice: 1, latency: 5 };
  const container = pageOfProxy();
  const { result, dispose } = setup(container, () => ({
    query: useQuery(UserService, 'getUsers'),
    stream: useStream(UserService, 'count', [1]),
  }));
  expect((await until(result.query.data, Boolean))?.map(({ name }) => name)).toEqual(['Ada', 'Grace']);
  await until(result.stream.status, (status) => status === 'failed');
  expect(result.stream.items()).toEqual([1, 2, 3]);
  expect(result.stream.error()?.message).toContain('three are enough');
  dispose();
  await container.dispose();
});

it('a connection that is cut anywhere keeps the data, and is an error of the query until it is fetched again', async () => {
  const container = pageOfProxy();
  const { result, dispose } = setup(container, () => useQuery(UserService, 'getUsers'));
  const users = await until(result.data, Boolean);
  let failed = 0;
  for (let cutAfter = 0; cutAfter < 700; cutAfter += 60) {
    proxy.faults = { cutAfter, reset: cutAfter % 120 === 0 };
    await result.refetch();
    expect(result.data()).toEqual(users);
    if (result.error() === undefined) continue;
    failed++;
    expect(result.error()).toMatchObject({ name: 'NetronError', code: expect.stringMatching(/^[a-z_]+$/) });
    proxy.faults = {};
    await result.refetch();
    expect([result.error(), result.data()]).toEqual([undefined, users]);
  }
  expect(failed).toBeGreaterThan(3);
  dispose();
  await container.dispose();
});

it('a change whose connection is cut is an error of the mutation, and runs at most once', async () => {
  const container = pageOfProxy();
  const { result, dispose } = setup(container, () => ({
    query: useQuery(UserService, 'getUsers'),
    mutation: useMutation(UserService, 'rename'),
  }));
  await until(result.query.data, Boolean);
  for (let cutAfter = 0; cutAfter < 700; cutAfter += 100) {
    const before = server.calls.rename ?? 0;
    proxy.faults = { cutAfter };
    const thrown: unknown = await result.mutation.mutate('1', 'Ada').then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(result.mutation.error()).toBe(thrown);
    expect((server.calls.rename ?? 0) - before).toBeLessThanOrEqual(1);
    if (thrown === undefined) expect((server.calls.rename ?? 0) - before).toBe(1);
  }
  dispose();
  await container.dispose();
});

it('a call without an answer ends with its component, also on the server', async () => {
  const container = pageOfProxy();
  const { result, dispose } = setup(container, () => ({
    stream: useStream(UserService, 'listen'),
    query: useQuery(UserService, 'never'),
  }));
  await until(result.stream.data, (item) => item === 1);
  while (server.running.size < 2) await new Promise((resolve) => setImmediate(resolve));
  dispose();
  await emptied(server.running);
  await container.dispose();
});
