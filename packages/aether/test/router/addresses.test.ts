import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRouter, memory, route } from '../../src/router.js';

const anything = () => createRouter({ routes: [route('/'), route('/[...path]')], history: memory() });

afterEach(() => vi.unstubAllGlobals());

describe('an address', () => {
  it.each([
    ['/a', '/a'],
    ['a', '/dir/a'],
    ['../a', '/a'],
    ['?q=1', '/dir/page?q=1'],
    ['#top', '/dir/page#top'],
    ['', '/dir/page'],
    ['/%', '/%'],
    ['/a#%', '/a#%'],
    ['/a b', '/a%20b'],
    ['/ü', '/%C3%BC'],
    ['http://localhost/a', '/a'],
    ['//localhost/a', '/a'],
    // A path with two slashes at its beginning would be another host for a browser.
    ['/.//evil.example', '/evil.example'],
    ['/..//evil.example/x?y#z', '/evil.example/x?y#z'],
    ['/a/..//evil.example', '/evil.example'],
    ['/.\\/evil.example', '/evil.example'],
    ['http://localhost//evil.example', '/evil.example'],
    ['http://localhost/\\\\evil.example', '/evil.example'],
  ])('%j navigates to %j', async (to, href) => {
    const router = anything();
    await router.navigate('/dir/page');
    await router.navigate(to);
    expect([router.history.entry.href, router.url.origin, router.page()?.url.href]).toEqual([
      href,
      'http://localhost',
      router.url.href,
    ]);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example/',
    'http://localhost@evil.example/',
    'http://localhost:81/',
    'https://localhost/',
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'mailto:a@b.example',
    'http://',
    'http://[',
  ])('%j is refused, and nothing is prefetched for it', async (to) => {
    const router = anything();
    await router.navigate('/here');
    await expect(router.navigate(to)).rejects.toThrow(TypeError);
    await router.prefetch(to);
    expect([router.history.entry.href, router.navigation()]).toEqual(['/here', undefined]);
  });

  it.each(['//evil.example/x', '///evil.example/x', '/\\evil.example/x'])(
    '%j, with which a page was opened, is one of its paths, and its links stay inside',
    async (initial) => {
      const router = createRouter({ routes: [route('/'), route('/[...path]')], history: memory({ initial }) });
      await router.start();
      expect([router.url.href, router.page()?.matches[0]?.params]).toEqual([
        'http://localhost/evil.example/x',
        { path: ['evil.example', 'x'] },
      ]);
      await router.navigate('y');
      expect(router.history.entry.href).toBe('/evil.example/y');
    },
  );

  it.each([
    'app',
    './app',
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/app',
    '/app?x',
    '/app#x',
    '?',
    'javascript:alert(1)',
  ])('a base %j is refused', (base) => {
    expect(() => createRouter({ routes: [], base, history: memory() })).toThrow(
      `createRouter: base must be a path such as '/app', not '${base}'`,
    );
  });

  it.each([
    ['/', '/a'],
    ['/app/', '/app/a'],
    ['/прил', '/%D0%BF%D1%80%D0%B8%D0%BB/a'],
    ['/.//evil.example', '/evil.example/a'],
    ['/app/../..//x', '/x/a'],
  ])('below the base %j is written as %j', async (base, address) => {
    const router = createRouter({ routes: [route('/a')], base, history: memory({ initial: address }) });
    await router.start();
    expect([router.history.address('/a'), router.url.pathname, router.addresses.isBelow, router.page()?.matches.length]).toEqual([
      address,
      '/a',
      true,
      1,
    ]);
  });

  it.each([
    ['file:///home/ada/page.html', 'null'],
    ['file:///home/ada/page.html', 'file://'],
    ['capacitor://localhost/page', 'capacitor://localhost'],
    ['about:srcdoc', 'null'],
  ])('belongs to the application in a page at %s', async (href, origin) => {
    vi.stubGlobal('location', { href, origin, protocol: new URL(href).protocol });
    const router = anything();
    await router.start();
    await router.navigate('/a?b#c');
    expect(router.history.entry.href).toBe('/a?b#c');
    await expect(router.navigate('https://evil.example/')).rejects.toThrow('outside of the application');
  });
});
