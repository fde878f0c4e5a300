import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expectedOutput, extractSnippets, runSnippet, writeSnippets } from '../../../../tools/snippets.js';
import { codes } from './codes.js';
import { namedErrors } from './named-errors.js';

const guide = readFileSync(new URL('../../../../docs/guide/errors.md', import.meta.url), 'utf8');
const folder = await writeSnippets(extractSnippets('docs/guide/errors.md'), 'guide');

test.each(folder.runnable)('the sample of the guide at %s prints what it says', async (file) => {
  expect(await runSnippet(folder, file)).toEqual(expectedOutput(folder.files.get(file) ?? ''));
});

test('the guide lists every code in order, with its status and whether it is retryable', () => {
  const rows = [...guide.matchAll(/^\| `(\w+)` \| (\d+) \| (yes|no) \| \S.+ \|$/gm)];
  const listed = rows.map(([, code, http, retry]) => [code, { http: Number(http), retry: retry === 'yes' }]);
  expect(listed).toEqual(Object.entries(codes));
});

test('the guide lists every named error with its code', () => {
  const rows = [...guide.matchAll(/^\| `(\w+Error)` \| `(\w+)` \|$/gm)].map(([, name, code]) => [name, code]);
  expect(rows).toEqual(namedErrors.map(([name, , code]) => [name, code]));
});
