/// <reference path="../../../netron/test/browser/server.setup.ts" />
import { expect, it } from 'vitest';
import { server } from '../../../netron/test/browser/page.js';
import { createApp, Suspense, signal } from '../../src/index.js';
import { Backend, NetronModule, NetronService, useQuery } from '../../src/netron/index.js';
import { hydrate, renderToString } from '../../src/ssr.js';

interface ICalculator {
  add(a: number, b: number): Promise<number>;
}

@Backend('main', { service: 'calculator@^1.0.0' })
class Calculator extends NetronService<ICalculator> {}

it('a page that takes over has the data of the server: it fetches nothing and shows nothing else', async () => {
  const url = new URL((await server([location.origin])).replace(/^ws/, 'http')).origin;
  const asked: string[] = [];
  const app = () =>
    createApp([], {
      providers: [
        ...(NetronModule.forRoot({
          backends: {
            main: {
              url,
              fetch: (target, init) => {
                asked.push(String(target));
                return fetch(target, init);
              },
            },
          },
        }).providers ?? []),
        Calculator,
      ],
    });
  const b = signal(3);
  const seen: (number | undefined)[] = [];
  const Sum = () => {
    const { data, loading } = useQuery(Calculator, 'add', () => [2, b()]);
    return () => {
      seen.push(data());
      return <p>{loading() ? 'loading' : data()}</p>;
    };
  };
  const view = () => (
    <Suspense fallback="waiting">
      <Sum />
    </Suspense>
  );
  const rendered = app();
  const container = document.createElement('div');
  document.body.append(container);
  container.innerHTML = await renderToString(rendered.view(view));
  await rendered.dispose();
  const paragraph = container.querySelector('p');
  expect(paragraph?.textContent).toBe('5');
  asked.length = seen.length = 0;

  const page = app();
  const end = hydrate(page.view(view), container);
  expect([container.querySelector('p'), paragraph?.textContent, seen, asked]).toEqual([paragraph, '5', [5], []]);
  b.set(4);
  await expect.poll(() => container.textContent).toBe('6');
  expect(container.querySelector('p')).toBe(paragraph);
  end();
  await page.dispose();
  container.remove();
});
