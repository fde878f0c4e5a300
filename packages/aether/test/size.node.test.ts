import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { compile } from '../src/vite/compile.js';

/** A program, bundled for browsers and minified. */
const bundle = (program: string, external: string[] = []) =>
  build({
    external,
    stdin: { contents: program, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'tsx' },
    bundle: true,
    splitting: true,
    outdir: 'out',
    metafile: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@omnitron-dev/source'],
    jsx: 'automatic',
    jsxImportSource: '@omnitron-dev/aether',
  });

/** Bytes that a program loads at once, gzip: what is imported when it is needed, and `external` packages, do not count. */
async function bytes(program: string, external?: string[]): Promise<number> {
  const { outputFiles, metafile } = await bundle(program, external);
  const paths = Object.keys(metafile.outputs);
  const loaded = new Set(paths.filter((path) => metafile.outputs[path]?.entryPoint === '<stdin>'));
  for (const path of loaded) {
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? []) if (kind === 'import-statement') loaded.add(next);
  }
  // esbuild gives the files in the order of the outputs.
  const sizes = outputFiles.map(({ contents }, index) =>
    loaded.has(paths[index] as string) ? gzipSync(contents, { level: 9 }).length : 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const counter = `import { render, signal } from '@omnitron-dev/aether';
const Counter = () => {
  const count = signal(0);
  return <button onClick={() => count.update((n) => n + 1)}>{count}</button>;
};
render(<Counter />, document.body);`;

/** The same as the Vite plugin makes it. */
const compiled = (await compile(counter, 'counter.tsx'))?.code ?? '';

const views = `export {
  batch, computed, effect, signal, untrack, createRoot, onCleanup, onError, getOwner, runWithOwner, ownerSignal, selector, render,
  For, Index, Show, Switch, Match, Dynamic, Portal, Suspense, ErrorBoundary, lazy, createContext, useContext, onMount,
  defineComponent, mergeProps, splitProps, useId,
} from '@omnitron-dev/aether'`;

/** What a page loads that uses some of the package, in bytes: what was reached, and 1 %. */
const programs: [name: string, limit: number, program: string][] = [
  ['signals', 3_150, "export { batch, computed, effect, signal, untrack } from '@omnitron-dev/aether'"],
  ['signals and resource', 3_900, "export { resource } from '@omnitron-dev/aether'"],
  ['a counter', 8_450, counter],
  ['a counter, compiled', 6_880, compiled],
  ['everything', 23_900, "export * from '@omnitron-dev/aether'"],
  [
    'data of services, with the client',
    // esbuild puts what an entry exports with what is loaded at once: errors and rare values too, which Vite leaves for later.
    57_980,
    "export { NetronModule, NetronService, useMutation, useQuery } from '@omnitron-dev/aether/netron'",
  ],
  ['everything and the router', 33_300, "export * from '@omnitron-dev/aether'; export * from '@omnitron-dev/aether/router'"],
  ['the devtools', 66_010, "export * from '@omnitron-dev/aether/devtools'"],
  ['signals and views', 12_290, views],
  ['signals and views, elements by name left out', 9_430, views.replace('Dynamic, ', '')],
  ['signals, views, resource and store', 15_030, `${views}; export { resource, store, transaction } from '@omnitron-dev/aether'`],
  ['signals and store', 3_680, "export { store, transaction } from '@omnitron-dev/aether'"],
];

it.each(programs)('%s: at most %i bytes', async (_name, limit, program) => {
  expect(await bytes(program)).toBeLessThanOrEqual(limit);
});

const exported = (...names: string[]) => `export { ${names.join(', ')} } from '@omnitron-dev/aether/netron';`;
const application = "export { createApp, defineModule, inject } from '@omnitron-dev/aether';";
const first = `${application} ${exported('NetronModule', 'NetronService', 'useMutation', 'useQuery')}`;
const third = `${first} ${exported('NetronStore')} export { resource, store, transaction } from '@omnitron-dev/aether';`;
const fourth = `${third} ${exported('NetronClient', 'Backend', 'Query', 'Mutation', 'useStream', 'CACHE_MANAGER', 'RETRY_MANAGER')}`;

/** What data of services costs a page beyond signals and views, in bytes, the container included: what was reached, and 1 %. */
const levels: [name: string, limit: number, program: string][] = [
  ['services and queries', 10_740, first],
  ['stores', 13_300, third],
  ['decorators, streams and the client', 14_170, fourth],
];

it.each(levels)('%s: at most %i bytes beyond signals and views, without the HTTP client', async (_name, limit, program) => {
  const client = ['@omnitron-dev/netron-browser'];
  const beyond = (await bytes(`${views}; ${program}`, client)) - (await bytes(views));
  expect(beyond).toBeLessThanOrEqual(limit);
});

it('a page that does not import the devtools contains none of their code', async () => {
  const entries = ['', '/netron', '/router', '/ssr'].map((entry) => `export * from '@omnitron-dev/aether${entry}';`);
  const text = async (program: string) => (await bundle(program)).outputFiles.map((file) => file.text).join('');
  expect(await text("export * from '@omnitron-dev/aether/devtools'")).toContain('aether-devtools');
  expect(await text(entries.join('\n'))).not.toContain('aether-devtools');
});

/** Which files of hooks a page may contain that imports one hook: its own, and those of what it is made of. */
const hooks: Record<string, string[]> = {
  useQuery: ['overridden-query', 'query-state', 'use-query'],
  useQueries: ['overridden-query', 'query-set', 'query-state', 'use-queries'],
  useInfiniteQuery: ['overridden-query', 'query-state', 'use-infinite-query'],
  useMutation: ['use-mutation'],
  useStream: ['stream-state', 'use-stream'],
  useDuplex: ['outbox', 'stream-state', 'use-duplex'],
  usePrefetch: ['use-prefetch'],
  useOnline: ['use-online'],
  useSkew: ['use-backend', 'use-skew'],
  useBackend: ['use-backend'],
  useNetronClient: ['use-backend'],
};

it.each(Object.entries(hooks))('%s brings no other hook', async (name, files) => {
  const { metafile } = await bundle(exported(name), ['@omnitron-dev/netron-browser']);
  const contained = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => {
      const file = /\/netron\/hooks\/([\w-]+)\.ts$/.exec(path)?.[1];
      return file !== undefined && bytesInOutput > 0 ? [file] : [];
    }),
  );
  expect(contained.sort()).toEqual(files);
});
