/** Properties of custom elements. */
import { expect, it, vi } from 'vitest';
import { signal } from '../../src/index.js';
import { jsx } from '../../src/jsx-runtime.js';
import { hydrate, renderToString } from '../../src/ssr.js';
import { show } from './page.js';

/** An element that notes what it is given. */
class Card extends HTMLElement {
  static readonly observedAttributes = ['user'];
  readonly seen: unknown[] = [];
  private given: unknown = undefined;

  get user(): unknown {
    return this.given;
  }

  set user(user: unknown) {
    this.given = user;
    this.seen.push(user);
  }

  attributeChangedCallback(_name: string, _before: string | null, text: string | null): void {
    this.seen.push(`attribute ${text}`);
  }
}
customElements.define('user-card', Card);

declare module '../../src/jsx-runtime.js' {
  namespace JSX {
    interface IntrinsicElements {
      'user-card': { readonly user?: unknown };
    }
  }
}

const ada = { name: 'Ada' };

it('a property that was an object is set to every next value', () => {
  const user = signal<unknown>(ada);
  const card = show(<user-card user={user} />).get<Card>('user-card');
  for (const next of [null, undefined, 'text', false, ada]) user.set(next);
  expect(card.seen).toEqual([ada, null, undefined, 'text', false, ada]);
  expect(card.getAttributeNames()).toEqual([]);
});

it('a javascript: address is never set as a property, whatever value it had before', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  class Frame extends HTMLElement {
    src: unknown = 'none';
  }
  customElements.define('own-frame', Frame);
  const src = signal<unknown>(undefined);
  const frame = show(jsx('own-frame', { src })).get<Frame>('own-frame');
  const page = new URL('https://example.com/');
  const seen: unknown[] = [];
  for (const next of [{ page }, 'javascript:alert(1)', page, new URL('javascript:alert(1)'), Object.create(null), 'page']) {
    src.set(next);
    seen.push(frame.src);
  }
  expect(seen).toEqual([{ page }, undefined, page, undefined, {}, 'page']);
  warn.mockRestore();
});

it('a property that was an object is set when a view runs again, also without the attribute', () => {
  const props = signal<{ readonly user?: unknown }>({ user: ada });
  const card = show(() => jsx('user-card', props())).get<Card>('user-card');
  props.set({ user: null });
  props.set({ user: ada });
  props.set({});
  expect(card.seen).toEqual([ada, null, ada, undefined]);
});

it('the property value is set to objects, null and numbers', () => {
  class Picker extends HTMLElement {
    value: unknown = undefined;
  }
  customElements.define('date-picker', Picker);
  const value = signal<unknown>(ada);
  const picker = show(() => jsx('date-picker', { value })).get<Picker>('date-picker');
  const seen = [picker.value];
  for (const next of [null, 5]) {
    value.set(next);
    seen.push(picker.value);
  }
  expect(seen).toEqual([ada, null, 5]);
});

it('a string is an attribute, which is removed when an object is set', () => {
  const user = signal<unknown>('text');
  const card = show(<user-card user={user} />).get<Card>('user-card');
  user.set(ada);
  expect([card.seen, card.getAttributeNames()]).toEqual([['attribute text', 'attribute null', ada], []]);
});

it('a server-rendered element receives an object and the next value', async () => {
  const user = signal<unknown>(ada);
  const view = () => <user-card user={user} />;
  const container = document.createElement('div');
  document.body.append(container);
  container.innerHTML = await renderToString(view);
  const end = hydrate(view, container);
  const card = container.querySelector('user-card') as Card;
  user.set(null);
  expect(card.seen).toEqual([ada, null]);
  end();
  container.remove();
});
