import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { expectedOutput, extractSnippets, runSnippet, writeSnippets } from '../snippets.js';

const path = fileURLToPath(new URL('../../.cache/snippets-test.md', import.meta.url));

function document(...lines: string[]): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

describe('extractSnippets', () => {
  it('reads language, info string, heading and line of TypeScript and JavaScript blocks', () => {
    const file = document(
      '# One',
      '```ts run file="a b.ts"',
      'x',
      '```',
      '## Two ##',
      '```typescript {check}',
      'y',
      '```',
      '```sh',
      'ls',
      '```',
    );
    expect(extractSnippets(file)).toEqual([
      {
        language: 'ts',
        code: 'x\n',
        info: { run: true, file: 'a b.ts' },
        heading: 'One',
        line: 2,
        document: '.cache/snippets-test.md',
      },
      { language: 'ts', code: 'y\n', info: { check: true }, heading: 'Two', line: 6, document: '.cache/snippets-test.md' },
    ]);
  });

  it('takes the indentation of the fence away, not more', () => {
    expect(extractSnippets(document('- item', '', '  ```js', '  if (a) {', '    b();', '  }', '  ```'))[0]?.code).toBe(
      'if (a) {\n  b();\n}\n',
    );
  });

  it('leaves blocks inside of longer fences alone', () => {
    expect(extractSnippets(document('````md', '```ts run', 'x', '```', '````'))).toEqual([]);
  });

  it('refuses a block without end', () => {
    expect(() => extractSnippets(document('```ts', 'x'))).toThrow(':1: this code block has no end');
  });
});

describe('a document’s files', () => {
  it('are put together by name, import each other and print what they say', async () => {
    const file = document(
      '```ts file="double.ts"',
      'export const double = (x: number) => x * 2;',
      '```',
      '```ts file="main.ts" run',
      "import { double } from './double.js';",
      'console.log(double(2)); // → 4',
      '```',
      '```ts file="main.ts"',
      "console.log('a', 1); // → a 1",
      '```',
      '```ts',
      'not written',
      '```',
    );
    const folder = await writeSnippets(extractSnippets(file), 'tools');
    expect([...folder.files.keys()]).toEqual(['double.ts', 'main.ts']);
    expect(folder.runnable).toEqual(['main.ts']);
    const expected = expectedOutput(folder.files.get('main.ts') ?? '');
    expect(expected).toEqual(['4', 'a 1']);
    expect(await runSnippet(folder, 'main.ts')).toEqual(expected);
  });

  it('have plain names', async () => {
    const file = document('```ts file="../../x.ts"', 'x', '```');
    await expect(writeSnippets(extractSnippets(file), 'tools')).rejects.toThrow('is not a plain name');
  });
});
