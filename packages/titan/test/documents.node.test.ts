import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectedOutput, extractSnippets, runSnippet, writeSnippets } from '../../../tools/snippets.js';

const guide = readdirSync(new URL('../../../docs/titan', import.meta.url)).map((file) => `docs/titan/${file}`);
for (const document of ['packages/titan/README.md', ...guide]) {
  const folder = await writeSnippets(extractSnippets(document), 'titan');
  describe.runIf(folder.runnable.length > 0)(document, () => {
    it.each(folder.runnable)('%s prints what it says', async (file) => {
      expect(await runSnippet(folder, file)).toEqual(expectedOutput(folder.files.get(file) ?? ''));
    });
  });
}

it('the reference has every name that the package exports', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  const names = [...read('../src/index.ts').matchAll(/\{([^}]+)\}/g)].flatMap(([, list = '']) =>
    list.split(',').map((each) => each.trim().replace(/^type /, '')),
  );
  const reference = read('../../../docs/titan/reference.md');
  const exported = names.filter((name) => name !== '');
  expect(exported.length).toBeGreaterThan(100);
  expect(exported.filter((name) => !new RegExp(`\\W${name}\\W`).test(reference))).toEqual([]);
});
