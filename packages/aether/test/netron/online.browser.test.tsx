/** A page that is opened without a network, as from the cache of a service worker. */
import { expect, it, vi } from 'vitest';
import { createApp, Show } from '../../src/index.js';
import { useOnline } from '../../src/netron/index.js';
import { hydrate, renderToString } from '../../src/ssr.js';

it('is hydrated as the server has written it, and then shows that there is no network', async () => {
  const said = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')];
  const Page = () => {
    const online = useOnline();
    return (
      <main>
        <Show when={() => !online()}>
          <b>offline</b>
        </Show>
        <p>{() => String(online())}</p>
      </main>
    );
  };
  const app = createApp([]);
  const container = document.createElement('div');
  container.innerHTML = await renderToString(app.view(Page));
  const paragraph = container.querySelector('p');
  const network = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
  const end = hydrate(app.view(Page), container);
  try {
    await expect.poll(() => container.textContent).toBe('offlinefalse');
    expect([container.querySelector('p'), said.flatMap(({ mock }) => mock.calls)]).toEqual([paragraph, []]);
    network.mockReturnValue(true);
    window.dispatchEvent(new Event('online'));
    expect(container.textContent).toBe('true');
  } finally {
    end();
    vi.restoreAllMocks();
  }
});
