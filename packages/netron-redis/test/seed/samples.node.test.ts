/** The samples of discovery run unchanged, except for the package's name, the ports and the address of Redis. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { redisServer } from '../redis-server.js';

const redis = await redisServer();
afterAll(() => redis.kill());
const text = await readFile(new URL('samples.md', import.meta.url), 'utf8');
const folder = new URL('../../../../.cache/seed-redis/', import.meta.url);
await mkdir(folder, { recursive: true });

/** Returns the sample under a heading. */
function sample(heading: string): string {
  const code = new RegExp(`## ${heading}\n\n\`\`\`ts\n([^]*?)\n\`\`\``).exec(text)?.[1];
  if (code === undefined) throw new Error(`no sample '${heading}'`);
  return code.replaceAll('redis://localhost:6379', redis.url).replaceAll('listenPort: 8080', 'listenPort: 0');
}

const surroundings = `
import { Netron, Public, Service, type Peer } from '@omnitron-dev/netron';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
interface IUserService { getUser(id: string): Promise<{ id: string }> }
@Service('userService@1.0.0') class UserService { @Public() getUser(id: string) { return { id }; } }
@Service('orderService@1.0.0') class OrderService { @Public() list() { return []; } }
`;

/** Runs a program; returns its exports. */
async function run(name: string, program: string): Promise<Record<string, unknown>> {
  const file = new URL(`${name}.ts`, folder);
  await writeFile(file, surroundings + program);
  return import(/* @vite-ignore */ file.href) as Promise<Record<string, unknown>>;
}

it('DI-01, DI-03, DI-12: Enable Service Discovery', async () => {
  const { serviceNode, server, answer } = await run(
    'enable',
    `${sample('Enable Service Discovery').replace(
      "queryInterface<IUserService>('userService@1.0.0');",
      "queryInterface<IUserService>('userService@1.0.0');\n  answer = await userService.getUser('7');",
    )}
    export { serviceNode, server, answer };
    await client.stop();
    await server.stop();`.replace('// Server with', 'let answer: unknown;\n// Server with'),
  );
  const { listenPort: _port, ...found } = { listenPort: 0, ...(serviceNode as object) } as Record<string, unknown>;
  expect(found).toMatchObject({ name: 'userService', version: '1.0.0', node: { id: (server as { id: string }).id } });
  expect(answer).toEqual({ id: '7' });
});

it('DI-04, DI-05, DI-06: Advanced Discovery Patterns', async () => {
  const said: unknown[][] = [];
  vi.spyOn(console, 'log').mockImplementation((...line) => void said.push(line));
  try {
    await run(
      'advanced',
      `const options = { discoveryEnabled: true, discoveryRedisUrl: '${redis.url}/2' };
      const other = await Netron.create({ id: 'other', listenPort: 0, ...options });
      await other.peer.exposeService(new UserService());
      const netron = await Netron.create({ id: 'netron', ...options });
      await new Promise<void>((resolve) => netron.discovery.watch('userService', ([first]) => first && resolve()));
      ${sample('Advanced Discovery Patterns')}
      const told = (event: string) => new Promise<void>((resolve) => netron.discovery.once(event as 'node:left', () => resolve()));
      const joined = told('node:joined');
      const available = told('service:available');
      const third = await Netron.create({ id: 'third', listenPort: 0, ...options });
      await joined;
      await third.peer.exposeService(new OrderService());
      await available;
      const left = told('node:left');
      await third.stop();
      await left;
      await netron.stop();
      await other.stop();`,
    );
  } finally {
    vi.restoreAllMocks();
  }
  expect(said.map(([line]) => line)).toEqual([
    'Active nodes:',
    'Found 1 userService instances',
    'New node joined:',
    'New service available:',
    'Node left:',
  ]);
  expect(said[2]?.[1]).toBe('third');
  expect(said[4]?.[1]).toBe('third');
});

describe('the integration test of the README', async () => {
  // The second for which the sample waits is replaced by the time that discovery takes.
  const setting = `let netron2: Netron;
  const setTimeout = (found: () => void, _ms: number) =>
    void netron2.discovery.watch('userService', ([first]) => first && found());
  afterAll(async () => { await netron2.stop(); await netron1.stop(); });`;
  await run('integration', sample('Integration testing').replace('let netron2: Netron;', setting));
});
