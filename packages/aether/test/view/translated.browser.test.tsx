/** Pages whose texts a browser has translated: Chrome puts `<font>` elements in their place. */
import { expect, it } from 'vitest';
import { For, resource, Show, Suspense, signal, type View } from '../../src/index.js';
import { show } from './page.js';

/** Translates what is shown: texts in capitals. */
function translate(container: Element): void {
  const walker = document.createTreeWalker(container, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    if (text.data.trim() === '') continue;
    const font = document.createElement('font');
    font.append(document.createElement('font'));
    (font.firstChild as Element).textContent = text.data.toUpperCase();
    text.replaceWith(font);
  }
}

const later = () => new Promise<void>((resolve) => setTimeout(resolve));

const pages: Record<string, () => [view: () => View, change: () => unknown, text: string]> = {
  'a text that changes': () => {
    const n = signal('one');
    return [() => <p>count {n}</p>, () => n.set('two'), 'COUNT two'];
  },
  'a view that runs again': () => {
    const n = signal('one');
    return [() => () => <p>count {n()} of</p>, () => n.set('two'), 'COUNT two OF'];
  },
  'a text that goes': () => {
    const on = signal(true);
    const view = () => (
      <p>
        a<Show when={on}>shown</Show>b
      </p>
    );
    return [view, () => on.set(false), 'AB'];
  },
  'an element that takes the place of a text': () => {
    const on = signal(true);
    return [() => <p>{() => (on() ? 'yes' : <b>no</b>)} tail</p>, () => on.set(false), 'no TAIL'];
  },
  'a list of texts': () => {
    const list = signal(['a', 'b', 'c']);
    const view = () => (
      <p>
        <For each={list}>{(text) => text}</For>end
      </p>
    );
    return [view, () => list.set(['c', 'a', 'd']), 'cadEND'];
  },
  'a list that is emptied': () => {
    const list = signal(['a', 'b', 'c']);
    const view = () => (
      <div>
        <For each={list} fallback="none">
          {(text) => (
            <>
              {text}
              <br />
            </>
          )}
        </For>
      </div>
    );
    return [view, () => list.set([]), 'none'];
  },
  'an array': () => {
    const list = signal(['a', 'b', 'c']);
    return [() => <p>{() => list().map((text) => [text, <i>{text}</i>])}</p>, () => list.set(['d', 'b']), 'ddBB'];
  },
  'the data of a Suspense': () => {
    let answer: (text: string) => void = () => {};
    const Part = () => {
      const text = resource(() => new Promise<string>((resolve) => (answer = resolve)), { suspend: true });
      return <>{text} more</>;
    };
    const view = () => (
      <p>
        <Suspense fallback="loading">
          <Part />
        </Suspense>
      </p>
    );
    return [view, () => answer('data'), 'data more'];
  },
  'a text at the top': () => {
    const n = signal('a');
    return [() => () => (n() === 'a' ? 'first' : <b>second</b>), () => n.set('b'), 'second'];
  },
  'a text behind many': () => {
    const n = signal('one');
    const many = Array.from({ length: 20 }, () => <i />);
    return [() => [many, <p>.</p>, () => n()], () => n.set('two'), '.ONEtwo'];
  },
};

it.each(Object.entries(pages))('the replacement of a translated text is shown: %s', async (_name, make) => {
  const [view, change, text] = make();
  const page = show(view);
  translate(page.container);
  change();
  await later();
  // Where a view runs again, texts that stay may come back, too.
  expect(page.text()?.toLowerCase()).toBe(text.toLowerCase());
  page.remove();
  for (const font of page.all('font')) font.remove();
});

it('a text set from outside is replaced by the next text of the view', () => {
  const n = signal(1);
  const page = show(<p>{() => `count ${n()}`}</p>);
  page.get('p').textContent = 'set';
  n.set(2);
  expect(page.html()).toBe('<p>count 2</p>');
});

it('a part of the document emptied from outside stays empty', () => {
  const n = signal(1);
  const page = show(<p>{n}</p>);
  page.get('p').textContent = '';
  n.set(2);
  expect(page.text()).toBe('');
});

it('nodes inserted from outside in place of a text stay when the view ends', () => {
  const page = show(() => 'text');
  page.container.textContent = 'theirs';
  page.remove();
  expect(page.text()).toBe('theirs');
});
