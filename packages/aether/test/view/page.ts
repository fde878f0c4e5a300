import { afterEach, beforeEach, expect, vi } from 'vitest';
import { render, type View } from '../../src/index.js';

const reported: unknown[] = [];
const removers: (() => void)[] = [];

/** An element of the document in which a view is shown until the test ends. */
export function show(view: View | (() => View)) {
  const container = document.createElement('div');
  document.body.append(container);
  let ended = false;
  const remove = render(view, container);
  const end = () => {
    if (!ended) remove();
    ended = true;
  };
  removers.push(() => {
    end();
    container.remove();
  });
  return {
    container,
    remove: end,
    html: () => container.innerHTML,
    text: () => container.textContent,
    get: <E extends Element = HTMLElement>(query: string) => {
      const found = container.querySelector<E>(query);
      if (found === null) throw new Error(`no ${query} in ${container.innerHTML}`);
      return found;
    },
    all: (query: string) => [...container.querySelectorAll(query)],
  };
}

/** What was reported, which the test expects. */
export const takeReported = () => reported.splice(0);

/** What a view fails with: thrown when it is made at run time, reported when it is compiled, because the rest is shown then. */
export function failureOf(make: () => unknown): unknown {
  try {
    make();
  } catch (error) {
    return error;
  }
  return takeReported()[0];
}

beforeEach(() => {
  reported.length = 0;
  vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
});

afterEach(() => {
  for (const remove of removers.splice(0).reverse()) remove();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  expect(reported).toEqual([]);
  // A view that has ended leaves nothing in the document.
  expect(document.body.textContent?.trim()).toBe('');
});
