/** During development, the console names unknown options. */
import { afterEach, expect, it, vi } from 'vitest';
import { createApp, createRoot, persist, resource, signal } from '../src/index.js';
import { createRouter, memory, route } from '../src/router.js';
import { hydrate, renderToStream, renderToString } from '../src/ssr.js';

afterEach(() => vi.restoreAllMocks());

const storage = { getItem: () => null, setItem: () => {} };
const page = () => document.createElement('div');

it.each<[string, string, () => unknown]>([
  [
    'resource',
    "resource: unknown option 'suspends'; known: initial, suspend, equals, name, key",
    () => createRoot(() => resource(() => 1, { suspends: true } as never)),
  ],
  [
    'resource with a source',
    "resource: unknown option 'suspends'; known: initial, suspend, equals, name, key",
    () =>
      createRoot(() =>
        resource(
          () => 1,
          (one) => one,
          { suspends: true } as never,
        ),
      ),
  ],
  ['createApp', "createApp: unknown option 'provider'; known: providers", () => createApp([], { provider: [] } as never)],
  [
    'persist',
    "persist: unknown option 'onEror'; known: key, storage, encode, decode, onError",
    () => persist(signal(1), { key: 'n', storage, onEror() {} } as never)(),
  ],
  [
    'renderToString',
    "render: unknown option 'timeuot'; known: signal, timeout, nonce, prefix",
    () => renderToString('', { timeuot: 1 } as never),
  ],
  [
    'renderToStream',
    "render: unknown option 'timeuot'; known: signal, timeout, nonce, prefix",
    () => renderToStream('', { timeuot: 1 } as never).cancel(),
  ],
  [
    'createRouter',
    "createRouter: unknown option 'notfound'; known: routes, history, base, notFound, notFoundTitle, pending, container, viewTransitions",
    () => createRouter({ routes: [], history: memory(), notfound: () => 'nothing' } as never),
  ],
  [
    'route',
    "route '/a': unknown option 'gaurd'; known: search, guard, loader, action, component, lazy, pending, module, error, title, children",
    () => route('/a', { gaurd: () => false } as never),
  ],
  ['hydrate', "hydrate: unknown option 'prefx'; known: prefix", () => hydrate('', page(), { prefx: 'a' } as never)()],
])('%s', async (_, message, use) => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  await use();
  expect(warned.mock.calls).toEqual([[message]]);
});

it('known options are not warned of', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  createRoot(() => resource(() => 1, { initial: 1, suspend: false, equals: false, name: 'one', key: 'one' }));
  createApp([], { providers: [] });
  persist(signal(1), { key: 'n', storage, encode: String, decode: Number, onError() {} })();
  await renderToString('', { timeout: 0, nonce: 'a', prefix: 'a', signal: new AbortController().signal });
  hydrate('', page(), { prefix: 'a' })();
  const all = { search: undefined, guard() {}, loader: () => 1, action: () => 1, lazy: undefined, title: 'a', children: [] };
  const routes = [route('/a', { ...all, component: undefined, pending: undefined, module: undefined, error: undefined })];
  const shown = { notFound: undefined, notFoundTitle: 'a', pending: undefined, container: undefined, viewTransitions: true };
  createRouter({ routes, history: memory(), base: '/b', ...shown });
  expect(warned.mock.calls).toEqual([]);
});
