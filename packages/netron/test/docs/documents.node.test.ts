/** Every runnable sample of the documents that no other test runs, from its own text. */
import { expect, test } from 'vitest';
import { expectedOutput, extractSnippets, runSnippet, writeSnippets } from '../../../../tools/snippets.js';

const guide = [
  'getting-started',
  'calls',
  'references',
  'streams',
  'lifecycle',
  'browser',
  'deployment',
  'edges',
  'observability',
  'testing',
  'transports',
];
const documents = ['README.md', 'packages/netron/README.md', ...guide.map((page) => `docs/guide/${page}.md`)];

for (const document of documents) {
  const folder = await writeSnippets(extractSnippets(document), 'documents');
  if (folder.runnable.length === 0) continue;
  test.each(folder.runnable)(`${document}: %s prints what it says`, async (file) => {
    expect(await runSnippet(folder, file)).toEqual(expectedOutput(folder.files.get(file) ?? ''));
  });
}
