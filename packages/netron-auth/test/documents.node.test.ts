import { describe, expect, it } from 'vitest';
import { expectedOutput, extractSnippets, runSnippet, writeSnippets } from '../../../tools/snippets.js';

for (const document of ['packages/netron-auth/README.md', 'docs/guide/authentication.md']) {
  const folder = await writeSnippets(extractSnippets(document), 'netron-auth');
  describe(document, () => {
    it.each(folder.runnable)('%s prints what it says', async (file) => {
      expect(await runSnippet(folder, file)).toEqual(expectedOutput(folder.files.get(file) ?? ''));
    });
  });
}
