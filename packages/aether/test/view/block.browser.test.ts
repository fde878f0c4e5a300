import { describe, expect, it } from 'vitest';
import { block, onCleanup, signal, template } from '../../src/index.js';
import { served } from '../../src/ssr.js';
import { show } from './page.js';

describe('compiled views', () => {
  const row = template('<li class="row"><b></b>: <!><input></li>', [
    { path: [0], only: true },
    { path: [2] },
    { path: [], name: 'title' },
    { path: [3], name: 'onInput' },
    { path: [3], name: 'placeholder' },
    { path: [3], name: 'disabled' },
  ]);

  it('fill a template, follow functions, and accept new values without new elements', () => {
    const name = signal('a');
    const on = signal(false);
    const seen: string[] = [];
    const version = signal(1);
    const view = () =>
      block(row, [
        () => name(),
        () => on() && block(template('<i>on</i>', []), []),
        `v${version()}`,
        () => seen.push(`input ${version.peek()}`),
        `p${version()}`,
        version() === 2,
      ]);
    const { html, get } = show(view);
    expect(html()).toBe('<li class="row" title="v1"><b>a</b>: <input placeholder="p1"></li>');
    const input = get('input');
    name.set('b');
    on.set(true);
    version.set(2);
    expect(html()).toBe('<li class="row" title="v2"><b>b</b>: <i>on</i><input placeholder="p2" disabled=""></li>');
    expect(get('input')).toBe(input);
    input.removeAttribute('disabled');
    input.dispatchEvent(new Event('input'));
    expect(seen).toEqual(['input 2']);
  });

  it('compiled for a server render the same in a page', () => {
    const version = signal(1);
    const clicked: number[] = [];
    const part = template('<p><!><i></i></p>', [{ path: [], name: 'onClick' }, { path: [0] }, { path: [1], only: true }]);
    const { html, get } = show(() => {
      const current = version();
      return served(part, (index) => (index === 0 ? () => clicked.push(current) : index === 1 ? version : `v${current}`));
    });
    const p = get('p');
    expect(html()).toBe('<p>1<i>v1</i></p>');
    version.set(2);
    expect(html()).toBe('<p>2<i>v2</i></p>');
    get('p').click();
    expect([get('p'), clicked]).toEqual([p, [2]]);
  });

  it('support custom elements with methods named dispose and take', () => {
    const called: string[] = [];
    customElements.define(
      'x-disposable',
      class extends HTMLElement {
        dispose() {
          called.push('dispose');
        }
        take() {
          called.push('take');
          return true;
        }
      },
    );
    const version = signal(1);
    const own = template('<x-disposable></x-disposable>', [{ path: [], name: 'title' }]);
    const { html, remove } = show(() => block(own, [`v${version()}`]));
    version.set(2);
    expect(html()).toBe('<x-disposable title="v2"></x-disposable>');
    remove();
    expect(called).toEqual([]);
  });

  it('are replaced for another template or key, and end their content', () => {
    const which = signal(0);
    const other = template('<p><!></p>', [{ path: [0] }]);
    const ended: number[] = [];
    const part = (n: number) => () => {
      onCleanup(() => ended.push(n));
      return n;
    };
    const views = [block(other, [part(0)], 'a'), block(other, [part(1)], 'b'), block(template('<u></u>', []), [])];
    const { html } = show(() => views[which()]);
    which.set(1);
    expect([html(), ended]).toEqual(['<p>1</p>', [0]]);
    which.set(2);
    expect([html(), ended]).toEqual(['<u></u>', [0, 1]]);
  });

  it('are created in their namespace', () => {
    const circle = template('<circle r="1"></circle>', []);
    const { get } = show(block(template('<svg><!></svg>', [{ path: [0] }]), [block(circle, [])]));
    expect(get('circle').namespaceURI).toBe('http://www.w3.org/2000/svg');
  });
});
