import { expect, it, vi } from 'vitest';
import { resource, Suspense, signal, trusted } from '../../src/index.js';
import { hydrate, renderToString } from '../../src/ssr.js';
import '../view/page.js';
import { streamed } from './streamed.js';

it('does not write equal attributes again, and does not create markup again', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  const address = signal('about:blank#one');
  const App = (props: { on: 'server' | 'page' }) => (
    <main>
      <iframe src={address()} title={() => 'frame'} srcdoc={trusted('<p>"framed"</p>')} />
      <p innerHTML={trusted('<b>markup</b>&amp;<br>')} />
      <p innerHTML={() => trusted('<i>markup</i>')} />
      <p innerHTML={trusted(`<u>of the ${props.on}</u>`)} />
      <p innerHTML={props.on === 'server' ? trusted('<s>of the server alone</s>') : undefined} />
      <table>
        <tbody innerHTML={trusted('<tr><td>cell</td></tr>')} />
      </table>
    </main>
  );
  const container = document.createElement('div');
  document.body.append(container);
  container.innerHTML = await renderToString(() => <App on="server" />);
  const written = [...container.querySelectorAll('b, br, i, td')];
  const observer = new MutationObserver(() => {});
  observer.observe(container, { attributes: true, subtree: true });
  const remove = hydrate(() => <App on="page" />, container);
  expect(observer.takeRecords().map(({ attributeName }) => attributeName)).toEqual([]);
  expect([...container.querySelectorAll('b, br, i, td')]).toEqual(written);
  expect(written.every((element) => element.isConnected)).toBe(true);
  expect([...container.querySelectorAll('p')].map((each) => each.innerHTML)).toEqual([
    '<b>markup</b>&amp;<br>',
    '<i>markup</i>',
    '<u>of the page</u>',
    '',
  ]);
  address.set('about:blank#two');
  expect(error.mock.calls.map(([message]) => message)).toEqual([
    'hydrate: attribute innerHTML="<u>of the page</u>" was expected in <p>, found attribute innerHTML="<u>of the server</u>"',
  ]);
  remove();
  container.remove();
});

it('shows what a stream cannot insert into a text-only element; outside of a Suspense the stream waits for it', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  const Text = (props: { load: () => Promise<string> }) => {
    const text = resource(props.load, { suspend: true, key: 'text' });
    return <>{text}</>;
  };
  for (const isBounded of [true, false]) {
    let answer!: (text: string) => void;
    const App = (props: { load: () => Promise<string> }) => (
      <main>
        <title>
          {isBounded ? (
            <Suspense fallback="waiting">
              <Text load={props.load} />
            </Suspense>
          ) : (
            <Text load={props.load} />
          )}
        </title>
      </main>
    );
    const stream = streamed(() => <App load={() => new Promise((resolve) => (answer = resolve))} />);
    const title = () => stream.container.querySelector('title')?.textContent;
    const first = stream.next();
    if (isBounded) {
      await first;
      expect(title()).toBe('waiting');
      answer('came');
      await stream.next();
      expect(title()).toBe('waiting');
    } else {
      await new Promise((resolve) => setTimeout(resolve));
      expect(title()).toBe(undefined);
      answer('came');
      await first;
      expect(title()).toBe('came');
    }
    await stream.next();
    expect(stream.container.querySelector('template')).toBeNull();
    const remove = hydrate(<App load={() => Promise.reject(new Error('fetched again'))} />, stream.container);
    expect(title()).toBe('came');
    remove();
    stream.container.remove();
  }
  expect(error.mock.calls).toEqual([['hydrate: text "came" was expected in <title>, found text "waiting"']]);
});
