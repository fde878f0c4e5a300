import { describe, expect, it } from 'vitest';
import { expectedOutput, extractSnippets, runSnippet, writeSnippets } from '../../../tools/snippets.js';

const pages = [
  'packages/aether/README.md',
  'docs/aether/signals.md',
  'docs/aether/stores.md',
  'docs/aether/server.md',
  'docs/aether/forms.md',
];

for (const page of pages) {
  const folder = await writeSnippets(extractSnippets(page), 'aether');
  describe(page, () => {
    it.each(folder.runnable)('%s prints what it says', async (file) => {
      expect(await runSnippet(folder, file)).toEqual(expectedOutput(folder.files.get(file) ?? ''));
    });
  });
}
