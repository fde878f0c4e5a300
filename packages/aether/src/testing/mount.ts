import type { Container, ModuleReference, Provider } from '@omnitron-dev/nexus';
import { createApp } from '../di/app.js';
import type { Component, View } from '../view/types.js';

/** Surroundings of a view in a test. */
export interface MountOptions {
  /** Module of the application, for instance with backends. */
  readonly module?: ModuleReference;
  /** Additional providers. Later ones override earlier ones: pass test doubles here. */
  readonly providers?: readonly Provider[];
  /** Default: a new `div` at the end of the page. */
  readonly target?: Element;
}

/** A mounted view in a test. */
export interface Mounted extends AsyncDisposable {
  readonly element: Element;
  readonly container: Container;
  /** Returns the only element of a selector. @throws Error with the document when there is none, or more than one */
  get<E extends Element = HTMLElement>(selector: string): E;
  /** Returns the text on display, with single spaces. */
  text(): string;
  html(): string;
  /** Clicks the element of a selector. */
  click(selector: string): void;
  /** Types into the element of a selector: sets its value and dispatches `input` and `change`. */
  type(selector: string, value: string): void;
  /** Disposes the view and its container. */
  end(): Promise<void>;
}

/**
 * Shows a view or component in the page.
 *
 * ```tsx
 * await using view = mount(<Counter start={1} />);
 * view.click('button');
 * expect(view.text()).toBe('clicked 2 times');
 * ```
 */
export function mount(root: Component | View, { module, providers = [], target }: MountOptions = {}): Mounted {
  const element = target ?? document.body.appendChild(document.createElement('div'));
  const app = module === undefined ? createApp(providers) : createApp(module, { providers });
  app.mount(root, element);
  const get = <E extends Element = HTMLElement>(selector: string): E => {
    const found = element.querySelectorAll<E>(selector);
    if (found.length !== 1) throw new Error(`expected one ${selector}, found ${found.length} in ${element.innerHTML}`);
    return found[0] as E;
  };
  const end = async () => {
    await app.dispose();
    if (target === undefined) element.remove();
  };
  return {
    element,
    container: app.container,
    get,
    text: () => (element.textContent ?? '').replace(/\s+/g, ' ').trim(),
    html: () => element.innerHTML,
    click: (selector) => get(selector).click(),
    type(selector, value) {
      const input = get<HTMLInputElement>(selector);
      input.value = value;
      for (const name of ['input', 'change']) input.dispatchEvent(new Event(name, { bubbles: true }));
    },
    end,
    [Symbol.asyncDispose]: end,
  };
}
