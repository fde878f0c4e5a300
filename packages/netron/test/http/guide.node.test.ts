import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpEdge } from '../../../../examples/http-edge/src/http-edge.js';
import { expectedOutput, extractSnippets, runSnippet, writeSnippets } from '../../../../tools/snippets.js';
import { Cache, defineService, Invalidates, Netron, withAnnotations } from '../../src/index.js';
import { eventually } from './eventually.js';

const pages = await Promise.all(
  ['http', 'http-client', 'live-data'].map(async (page) =>
    writeSnippets(extractSnippets(`docs/guide/${page}.md`), `guide-${page}`),
  ),
);

test.each(pages.flatMap((folder) => folder.runnable.map((file) => ({ folder, file }))))(
  'the sample of the guide at $file prints the documented output',
  async ({ folder, file }) => {
    expect(await runSnippet(folder, file)).toEqual(expectedOutput(folder.files.get(file) ?? ''));
  },
);

const whole = 1_048_576 + 1_000;
let node: Netron;
let folder: string;
const read: number[] = [];

beforeAll(async () => {
  const prices = new Map([['apple', 25]]);
  node = await Netron.create({ http: true, listenPort: 0, logLevel: 'error' });
  await node.peer.exposeService(
    defineService({
      name: 'shop@1.0.0',
      methods: {
        price: withAnnotations((item: string) => ({ item, cents: prices.get(item) ?? 0 }), Cache({ ttl: 60, tags: ['prices'] })),
        setPrice: withAnnotations((item: string, cents: number) => void prices.set(item, cents), Invalidates(['prices'])),
      },
    }),
  );
  await node.peer.exposeService(
    defineService({
      name: 'files@1.0.0',
      methods: {
        store: async (name: string, file: Blob) => {
          let bytes = 0;
          for await (const chunk of file.stream() as unknown as AsyncIterable<Uint8Array>) {
            bytes += chunk.length;
            read.push(bytes);
          }
          return `${name}: ${bytes} bytes of ${file.type}`;
        },
      },
    }),
  );
  folder = mkdtempSync(join(tmpdir(), 'guide-http-'));
  writeFileSync(join(folder, 'a.png'), new Uint8Array(whole));
});
afterAll(async () => {
  await node.stop();
  rmSync(folder, { recursive: true });
});

const text = readFileSync(new URL('../../../../docs/guide/http.md', import.meta.url), 'utf8');

/** Runs lines of the guide as a reader would. */
async function shell(lines: string, env: Record<string, string> = {}): Promise<string> {
  const command = lines.replace(/--json ('[^']*')/, '-H "content-type: application/json" -d $1').replaceAll('curl ', 'curl -s ');
  const URL = `http://127.0.0.1:${node.listenPort}`;
  const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: folder, env: { ...process.env, URL, ...env } });
  return stdout;
}

test('every curl command of the guide prints the documented response', async () => {
  const lines = [...text.matchAll(/^(curl .*)\n# → (.*)$/gm)];
  expect(lines.length).toBeGreaterThan(5);
  for (const [, line = '', expected = ''] of lines) {
    const answer = await shell(line);
    if (expected.endsWith('…')) expect(answer).toContain(expected.slice(0, -1));
    else expect(answer).toBe(expected);
  }
});

test('the curl commands of the guide resume an interrupted upload', async () => {
  const [, begin = '', look = '', go = ''] = /^(curl .*) # and breaks\n(curl -I .*)\n(tail [\s\S]*?)\n```/m.exec(text) ?? [];
  expect(await shell(begin, { NAME: 'b'.repeat(22) })).toBe(JSON.stringify(`a.png: ${whole} bytes of image/png`));
  const name = 'a'.repeat(22);
  const path = '/netron/files/store?args=%5B%22a.png%22%5D';
  const headers = { 'content-type': 'image/png', 'content-length': whole, 'netron-upload': name };
  const cut = request({ host: '127.0.0.1', port: node.listenPort, path, method: 'POST', headers, agent: false });
  cut.on('error', () => {});
  read.length = 0;
  cut.write(new Uint8Array(1_048_576));
  await eventually(() => expect(read.at(-1)).toBe(1_048_576));
  expect((await shell(look, { NAME: name })).toLowerCase()).toContain('upload-offset: 1048576');
  expect(await shell(go, { NAME: name })).toBe(JSON.stringify(`a.png: ${whole} bytes of image/png`));
  cut.destroy();
});

test('the curl command of the guide receives invalidation events', async () => {
  const line = /^curl -N .*$/m.exec(text)?.[0] ?? '';
  const reply = await fetch(`http://127.0.0.1:${node.listenPort}/netron/shop/price?args=["apple"]`);
  const sealed = reply.headers.get('netron-tags') ?? '';
  const heard = spawn('sh', ['-c', `exec ${line.replace('curl ', 'curl -s ')}`], {
    env: { ...process.env, URL: `http://127.0.0.1:${node.listenPort}`, SEALED: sealed },
  });
  let received = '';
  heard.stdout.on('data', (bytes) => {
    received += String(bytes);
  });
  await eventually(() => expect(received).toContain('event: ready'));
  node.invalidate('prices');
  await eventually(() => expect(received).toContain('event: outdated'));
  heard.kill();
  await once(heard, 'close');
});

test('the curl command of the example of an edge prints the documented response', async () => {
  const readme = readFileSync(new URL('../../../../examples/http-edge/README.md', import.meta.url), 'utf8');
  const [, line = '', expected] = /^(curl .*)\n# (.*)$/m.exec(readme) ?? [];
  const own = await Netron.create({ logLevel: 'error' });
  await own.peer.exposeService(defineService({ name: 'calculator', methods: { add: (a: number, b: number) => a + b } }));
  const server = httpEdge(own).listen(0, '127.0.0.1');
  await once(server, 'listening');
  expect(await shell(line.replace(':8080/', `:${(server.address() as AddressInfo).port}/`))).toBe(expected);
  server.closeAllConnections();
  server.close();
  await own.stop();
});
