/** Hooks whose server answers calls as no server should. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compileModule, Injectable, Module } from '../../src/index.js';
import { NetronModule, NetronService, useMutation, useQuery, useStream } from '../../src/netron/index.js';
import { setup, until } from './page.js';
import { type IUserService, startUserServer, type UserServer } from './server.js';

let server: UserServer;
beforeAll(async () => {
  server = await startUserServer();
});
afterAll(() => server[Symbol.asyncDispose]());

@Injectable()
class UserService extends NetronService<IUserService> {}

const reply =
  (body: BodyInit | null, status = 200, type = 'application/json') =>
  async () =>
    new Response(body, { status, headers: { 'content-type': type } });

const answers: Record<string, () => Promise<Response>> = {
  'no text': reply(''),
  'the page of a proxy': reply('<h1>Sign in</h1>', 200, 'text/html'),
  'a page that tells of a failure': reply('<h1>Bad gateway</h1>', 502, 'text/html'),
  'half a text': reply('[{"id": "1", "na'),
  'an error without a form': reply('"oops"', 500),
  'an error that is null': reply('null', 400),
  'an error with a forged prototype': reply('{"code": "__proto__", "detail": {}, "__proto__": {"admin": true}}', 400),
  'another type': reply('\x89PNG', 200, 'image/png'),
  'a body that breaks off': async () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('[{"id"'));
        },
        pull(controller) {
          controller.error(new TypeError('terminated'));
        },
      }),
      { headers: { 'content-type': 'application/json' } },
    ),
  'no connection': async () => {
    throw new TypeError('fetch failed');
  },
};

it.each(Object.entries(answers))('%s is the error of each hook, and the page stays as it is', async (_name, respond) => {
  let hostile = false;
  const backend = {
    url: server.url,
    fetch: (target: string, init: RequestInit) => (hostile && !target.includes('$services') ? respond() : fetch(target, init)),
  };
  @Module({ imports: [NetronModule.forRoot({ backends: { main: backend } })], providers: [UserService] })
  class AppModule {}
  const container = compileModule(AppModule);
  const { result, dispose } = setup(container, () => ({
    query: useQuery(UserService, 'getUsers'),
    mutation: useMutation(UserService, 'rename'),
  }));
  await until(result.query.data, Boolean);
  hostile = true;
  await result.query.refetch();
  const thrown: unknown = await result.mutation.mutate('1', 'Ada').catch((error: unknown) => error);
  const { result: stream, dispose: end } = setup(container, () => useStream(UserService, 'count', [1]));
  await until(stream.status, (status) => status === 'failed' || status === 'ended');
  for (const error of [result.query.error(), thrown, stream.error()]) {
    expect(error).toMatchObject({
      name: 'NetronError',
      code: expect.stringMatching(/^[a-z_]+$/),
      message: expect.stringMatching(/./),
    });
  }
  expect([result.query.data()?.length, result.query.fetching(), result.mutation.loading(), stream.status()]).toEqual([
    2,
    false,
    false,
    'failed',
  ]);
  expect(result.mutation.error()).toBe(thrown);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
  // The next good answer is shown.
  hostile = false;
  await result.query.refetch();
  expect(result.query.error()).toBeUndefined();
  dispose();
  end();
  await container.dispose();
});
