import { describe, expect, it } from 'vitest';
import { Repository } from './repository.js';

describe('check-text', () => {
  it('passes what is in order', () => {
    using repository = new Repository({
      'README.md': `See [the source](src/a.ts#L1), [elsewhere](https://example.org/x), \`[code](gone.ts)\`, [this](#the-callers-a_b)
and [that](docs/b.md#twice-1).

## The \`caller's\` [a_b](src/a.ts)
`,
      'docs/b.md': '# Twice\n\n# Twice\n',
      'src/a.ts': 'export const a = "a framework/path";\n',
      'src/a.test.ts': 'x;\n'.repeat(601),
    });
    expect(repository.run('check-text.mjs')).toMatchObject({ ok: true });
  });

  // Written apart so that this file passes the check itself.
  it.each([
    ['a registry', 'a.md', `https://registry.${'npm'}js.org/x`, 'registry'],
    ['a path of a machine', 'a.md', `in /${'ro'}ot/x`, 'path of a machine'],
    ['a temporary path in code', 'a.ts', `const a = '/${'tm'}p/x';`, 'temporary'],
    ['an unfinished thing', 'a.ts', `// TO${'DO'} later`, 'undone'],
    ['a comment that is no sentence', 'packages/a/src/a.ts', `/** ${'Wh'}at it is. */`, 'opens a comment with a clause'],
    ['a document that is elsewhere', 'packages/a/src/a.ts', `// ${'MISS'}ION says so`, 'not in the repository'],
    ['a test left out', 'a.test.ts', `it.${'skip'}('x', () => {});`, 'skips tests'],
    ['a long file', 'a.ts', 'x;\n'.repeat(601), 'has 601 lines'],
    ['a long test', 'a.test.ts', 'x;\n'.repeat(1001), 'has 1001 lines'],
    ['a broken link', 'docs/a.md', '[gone](../src/gone.ts)', 'which does not exist'],
    ['a link to a heading that is gone', 'docs/a.md', '# Old\n\n[new](#new)', '#new, which does not exist'],
    ['a heading that is gone elsewhere', 'docs/a.md', '# New\n\n[it](a.md#new-1)', 'a.md#new-1, which does not exist'],
  ])('finds %s', (_, path, text, fault) => {
    using repository = new Repository({ [path]: text.endsWith('\n') ? text : `${text}\n` });
    const { ok, output } = repository.run('check-text.mjs');
    expect(output).toContain(fault);
    expect(ok).toBe(false);
  });
});

describe('check-lock', () => {
  const lock = (entry: object) => ({
    'package-lock.json': JSON.stringify({ packages: { '': {}, 'node_modules/a': { integrity: 'sha512-x', ...entry } } }),
  });

  it.each([
    ['a missing platform', { optionalDependencies: { '@a/darwin-arm64': '1.0.0' } }, '@a/darwin-arm64 is missing'],
    ['the host of a registry', { resolved: 'https://example.org/a.tgz' }, 'contains a registry host'],
    ['an entry without integrity', { integrity: '' }, 'has no integrity'],
  ])('finds %s', (_, entry, fault) => {
    using repository = new Repository(lock(entry));
    expect(repository.run('check-lock.mjs')).toMatchObject({ ok: false, output: expect.stringContaining(fault) });
  });

  it('passes a complete lock', () => {
    using repository = new Repository(lock({}));
    expect(repository.run('check-lock.mjs')).toMatchObject({ ok: true });
  });
});
