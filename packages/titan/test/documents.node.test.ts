import { readdirSync } from 'node:fs';
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
