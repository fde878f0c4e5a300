import { expect, test } from 'vitest';
import { expectedOutput, extractSnippets, runSnippet, writeSnippets } from '../../../../tools/snippets.js';

const folder = await writeSnippets(extractSnippets('docs/guide/balancing.md'), 'balancing');

test.each(folder.runnable)('the sample of the guide at %s prints what it says', async (file) => {
  expect(await runSnippet(folder, file)).toEqual(expectedOutput(folder.files.get(file) ?? ''));
});
