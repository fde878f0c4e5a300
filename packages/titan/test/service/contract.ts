import { Netron, type NetronError } from '@omnitron-dev/netron';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Application, type AppOptions, createApp, defineContract } from '../../src/index.js';

export const User = z.object({ id: z.string(), email: z.string(), createdAt: z.date().optional() });
/** The contract that both dialects, and the service without decorators, keep. */
export const users = defineContract({
  name: 'users',
  version: '1.2.0',
  contract: {
    createUser: {
      input: z.object({ email: z.email(), age: z.coerce.number().int().min(0).default(18) }),
      output: User.extend({ age: z.number() }),
    },
    getUser: { input: z.string().min(2), output: User.nullable(), idempotent: true },
    rename: { input: [z.string(), z.string().min(1)], output: z.string().transform((text) => text.toUpperCase()) },
    list: { input: z.number(), output: z.object({ n: z.number() }), stream: true },
    broken: { output: z.object({ total: z.number() }) },
  },
});

export const quiet: AppOptions = {
  signals: false,
  logger: { level: 'silent' },
  config: { netron: { port: 0, healthPort: false } },
};

let apps: Application[] = [];
let nodes: Netron[] = [];
afterEach(async () => {
  for (const node of nodes) await node.stop();
  for (const app of apps) await app.stop();
  apps = [];
  nodes = [];
});

/** An application that runs until the end of the test. */
export async function running(service: object, options: AppOptions = quiet): Promise<Application> {
  const app = createApp(options).service(service);
  apps.push(app);
  await app.start();
  return app;
}

/** A peer of the application, over WebSocket. */
export async function peerOf(app: Application) {
  const node = await Netron.create({ logLevel: 'silent' });
  nodes.push(node);
  return node.connect(`ws://127.0.0.1:${app.netron!.listenPort}`);
}

export async function refusal(action: Promise<unknown>): Promise<NetronError> {
  return action.then(
    (value) => expect.unreachable(`it gave ${JSON.stringify(value)}`),
    (error: NetronError) => error,
  );
}

interface Users {
  createUser(data: unknown): Promise<{ id: string; age: number }>;
  getUser(id: unknown): Promise<unknown>;
  rename(from: unknown, to: unknown, more?: unknown): Promise<string>;
  list(count: unknown): AsyncGenerator<unknown>;
  broken(): Promise<unknown>;
  free(a: number): Promise<number>;
}

/** What a service with the contract `users` promises, however it is declared. */
export function testService(name: string, make: () => object): void {
  describe(`a service with a contract (${name})`, () => {
    it('SV-07, SV-08: hands on what the schemas give', async () => {
      const service = await (await peerOf(await running(make()))).queryInterface<Users>('users@^1.0.0');
      expect(await service.createUser({ email: 'ada@example.org', age: '36', extra: true })).toEqual({
        id: '1',
        email: 'ada@example.org',
        age: 36,
      });
      expect((await service.createUser({ email: 'ada@example.org' })).age).toBe(18);
      expect(await service.getUser('none')).toBeNull();
      expect(await service.rename('a', 'b')).toBe('A TO B');
      const items = [];
      for await (const item of service.list(2)) items.push(item);
      expect(items).toEqual([{ n: 1 }, { n: 2 }]);
    });
    it('B34: refuses arguments that do not fit, with paths and without values, at once', async () => {
      const service = await (await peerOf(await running(make()))).queryInterface<Users>('users');
      const error = await refusal(service.createUser({ email: 'hunter2', age: 'hunter2' }));
      expect(error).toMatchObject({ code: 'invalid_argument' });
      expect(error.message).toMatch(
        /^users\.createUser: input\.email: Invalid email address; input\.age: Invalid input: expected number/,
      );
      expect(JSON.stringify(error.details)).not.toContain('hunter2');
      expect(error.message).not.toContain('hunter2');
      expect((await refusal(service.rename('a', ''))).message).toContain('users.rename: input.1:');
      expect((await refusal(service.rename('a', 'b', 'c'))).message).toContain('expected 2 arguments');
      expect((await refusal(service.getUser(5))).code).toBe('invalid_argument');
      expect(
        (
          await refusal(
            (async () => {
              for await (const _ of service.list('x'));
            })(),
          )
        ).code,
      ).toBe('invalid_argument');
    });
    it('refuses results that do not fit as its own fault; of streams, items', async () => {
      const lines: { msg: string; member: string; paths: string[] }[] = [];
      const app = await running(make(), { ...quiet, logger: { destination: { write: (line) => lines.push(JSON.parse(line)) } } });
      const service = await (await peerOf(app)).queryInterface<Users>('users');
      const error = await refusal(service.broken());
      expect(error).toMatchObject({ code: 'internal', message: 'users.broken: the result does not match its contract' });
      expect(lines.filter(({ member }) => member)).toMatchObject([
        { msg: 'a result does not match its contract', member: 'users.broken', paths: ['output.total'] },
      ]);
      const seen: unknown[] = [];
      const iteration = (async () => {
        for await (const item of service.list(4)) seen.push(item);
      })();
      expect((await refusal(iteration)).code).toBe('internal');
      expect(seen).toHaveLength(3);
    });
    it('is checked for calls within the process, too', async () => {
      const app = await running(make());
      const client = app.connectToService(users);
      expect(await client.createUser({ email: 'ada@example.org' })).toMatchObject({ id: '1' });
      expect((await refusal(client.createUser({ email: 'no' }))).code).toBe('invalid_argument');
      const items = [];
      for await (const item of client.list(1)) items.push(item);
      expect(items).toEqual([{ n: 1 }]);
    });
    it('NC-11, SV-16: getServices() shows the contract as JSON Schema', async () => {
      const app = await running(make());
      const contracts = app
        .netron!.getServices()
        .find((each) => each.name === 'users')!
        .getContracts();
      expect(contracts.createUser?.input).toMatchObject({
        type: 'object',
        properties: { email: { type: 'string', format: 'email' } },
      });
      expect(contracts.rename?.input).toMatchObject({ type: 'array', prefixItems: [{ type: 'string' }, { type: 'string' }] });
      expect(contracts.list).toMatchObject({ output: { type: 'object' } });
    });
  });
}
