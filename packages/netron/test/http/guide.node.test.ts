import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { expectedOutput, extractSnippets, runSnippet, writeSnippets } from '../../../../tools/snippets.js';
import { Cache, defineService, Invalidates, Netron, withAnnotations } from '../../src/index.js';

const pages = await Promise.all(
  ['http', 'http-client'].map(async (page) => writeSnippets(extractSnippets(`docs/guide/${page}.md`), `guide-${page}`)),
);

test.each(pages.flatMap((folder) => folder.runnable.map((file) => ({ folder, file }))))(
  'the sample of the guide at $file prints what it says',
  async ({ folder, file }) => {
    expect(await runSnippet(folder, file)).toEqual(expectedOutput(folder.files.get(file) ?? ''));
  },
);

test('every curl line of the guide gets the answer below it', async () => {
  const prices = new Map([['apple', 25]]);
  const node = await Netron.create({ http: true, listenPort: 0, logLevel: 'error' });
  await node.peer.exposeService(
    defineService({
      name: 'shop@1.0.0',
      methods: {
        price: withAnnotations((item: string) => ({ item, cents: prices.get(item) ?? 0 }), Cache({ ttl: 60 })),
        setPrice: withAnnotations((item: string, cents: number) => void prices.set(item, cents), Invalidates(['prices'])),
      },
    }),
  );
  const text = readFileSync(new URL('../../../../docs/guide/http.md', import.meta.url), 'utf8');
  const lines = [...text.matchAll(/^(curl .*)\n# → (.*)$/gm)];
  expect(lines.length).toBeGreaterThan(4);
  for (const [, line = '', expected = ''] of lines) {
    const command = line
      .replaceAll('$URL', `http://127.0.0.1:${node.listenPort}`)
      .replace(/--json ('[^']*')/, '-H "content-type: application/json" -d $1');
    const { stdout } = await promisify(execFile)('sh', ['-c', `${command} -s`]);
    if (expected.endsWith('…')) expect(stdout).toContain(expected.slice(0, -1));
    else expect(stdout).toBe(expected);
  }
  await node.stop();
});
