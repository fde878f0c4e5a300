import { describe, expect, it } from 'vitest';
import { expectedOutput, extractSnippets, runSnippet, writeSnippets } from '../../../tools/snippets.js';

const folder = await writeSnippets(extractSnippets('packages/cli/README.md'), 'cli');
describe('packages/cli/README.md', () => {
  it.each(folder.runnable)('%s prints what it says', async (file) => {
    expect(await runSnippet(folder, file)).toEqual(expectedOutput(folder.files.get(file) ?? ''));
  });
});
