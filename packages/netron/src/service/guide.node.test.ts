import { expect, test } from 'vitest';
import { expectedOutput, extractSnippets, runSnippet, writeSnippets } from '../../../../tools/snippets.js';

const folder = await writeSnippets(extractSnippets('docs/guide/services.md'), 'guide');

test.each(folder.runnable)('services.md: %s prints what it says', async (file) => {
  expect(await runSnippet(folder, file)).toEqual(expectedOutput(folder.files.get(file) ?? ''));
});
