import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openVitePage } from '../vite-page.js';

const page = `<!doctype html><body><script type="module">
  import { jsx } from '@omnitron-dev/aether/jsx-runtime';
  import { render } from '@omnitron-dev/aether';
  import { App } from '/app.tsx';
  render(jsx(App, {}), document.body);
  window.loads = (window.loads ?? 0) + 1;
</script>`;

const app = (word: string, start: number) => `
import { signal } from '@omnitron-dev/aether';
import { Name } from './name.tsx';
export function App() {
  const count = signal(0);
  const other = signal(${start});
  return <main>
    <button onClick={() => count.update((n) => n + 1)}>${word} {count()} {other()}</button>
    <Name of={String(count())} />
  </main>;
}`;

const name = (mark: string) => `
import { defineComponent } from '@omnitron-dev/aether';
export const Name = defineComponent((props: { of: string }) => <i>{props.of}${mark}</i>);`;

it('a component is replaced in its place, and signals whose text is unchanged keep their values', async () => {
  vi.stubEnv('VITEST', '');
  const warned = vi.spyOn(console, 'error');
  const root = await mkdtemp(join(tmpdir(), 'aether-hot-'));
  await writeFile(join(root, 'index.html'), page);
  await writeFile(join(root, 'app.tsx'), app('one', 1));
  await writeFile(join(root, 'name.tsx'), name('.'));
  try {
    await using opened = await openVitePage(root);
    const { tab } = opened;
    const shows = (html: string) => tab.waitForFunction((text) => document.querySelector('main')?.innerHTML === text, html);
    await shows('<button>one 0 1</button><i>0.</i>');
    await tab.click('button');
    await tab.click('button');
    await shows('<button>one 2 1</button><i>2.</i>');
    await writeFile(join(root, 'app.tsx'), app('two', 5));
    await shows('<button>two 2 5</button><i>2.</i>');
    await tab.click('button');
    await writeFile(join(root, 'name.tsx'), name('!'));
    await shows('<button>two 3 5</button><i>3!</i>');
    expect(await tab.evaluate('window.loads')).toBe(1);
    expect(warned).not.toHaveBeenCalled();
  } finally {
    await rm(root, { recursive: true, force: true });
    vi.unstubAllEnvs();
  }
});
