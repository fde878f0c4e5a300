import { expect, it } from 'vitest';
import { PageRender } from './render.js';

it('lets go of what a page has made when it ends', () => {
  const render = new PageRender(() => ['text', 1], {});
  render.start();
  expect(render.html()).toBe('text<!---->1');
  render.end();
  expect(render.container.firstChild).toBeNull();
  expect(render.container.lastChild).toBeNull();
});
