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

it('asks for all data that it hands over before it waits for any', async () => {
  const render = new PageRender('', {});
  const asked: string[] = [];
  const answers = ['a', 'b'].map((key) => {
    let resolve: (answer: { readonly value: string }) => void = () => {};
    const answer = new Promise<{ readonly value: string }>((done) => {
      resolve = done;
    });
    render.offer(key, () => {
      asked.push(key);
      return answer;
    });
    return () => resolve({ value: key });
  });
  const data = render.data();
  expect(asked).toEqual(['a', 'b']);
  for (const answer of answers.reverse()) answer();
  expect(await data).toContain('{"a":"a","b":"b"}');
  render.end();
});
