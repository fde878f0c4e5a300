import type { View } from '../view/types.js';
import { PageRender, type RenderOptions, type Revealed } from './render.js';

/** Replaces what is between the marks of a number by the content of a template, or of the one element in it. */
const swap =
  'function $aether(i,d){for(var w=document.createTreeWalker(document,128),n,s,e;!e&&(n=w.nextNode());)n.data=="["+i?s=n:n.data=="]"+i&&(e=n);' +
  'var t=document.querySelector("template#aether-"+i),c=t&&t.content;if(s&&e&&t){for(;s.nextSibling!=e;)s.nextSibling.remove();' +
  'e.before(...(d?c.firstChild:c).childNodes)}t&&t.remove()}';

/**
 * Renders a view as a stream of HTML: first everything that needs no data, with the fallbacks of `Suspense`; then each
 * content as soon as its data has arrived, with a short script that puts it in place; last the answers of resources that
 * have a `key`. Canceling the stream ends the rendering and aborts its requests.
 *
 * The stream fails with an error that no `ErrorBoundary` handles, with the reason of `signal`, or, at its end, with a
 * TypeError for an answer with a `key` that is not plain data.
 */
export function renderToStream(view: View | (() => View), options: RenderOptions = {}): ReadableStream<Uint8Array> {
  const render = new PageRender(view, options);
  const encoder = new TextEncoder();
  const chunks = write(render);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await chunks.next();
        if (done) {
          render.end();
          controller.close();
        } else controller.enqueue(encoder.encode(value));
      } catch (error) {
        render.end();
        controller.error(error);
      }
    },
    cancel() {
      render.end();
    },
  });
}

async function* write(render: PageRender): AsyncGenerator<string, void> {
  render.start();
  await render.settled(() => render.showable);
  const html = render.html();
  // The end tags of the page come last.
  const end = render.endOf(html);
  yield html.slice(0, end);
  let defined = false;
  while (!render.complete) {
    await render.settled(() => render.hasRevealed);
    const revealed = render.takeRevealed();
    if (revealed.length > 0) yield script(render, revealed, !defined);
    defined ||= revealed.length > 0;
  }
  const last = render.takeRevealed();
  if (last.length > 0) yield script(render, last, !defined);
  yield (await render.data()) + html.slice(end);
}

function script(render: PageRender, revealed: readonly Revealed[], define: boolean): string {
  const templates = revealed.map(({ id, html, around }) => {
    // Parsers recognize elements of SVG and MathML by their surroundings.
    const content = around === undefined ? html : `<${around}>${html}</${around}>`;
    return `<template id="aether-${id}">${content}</template>`;
  });
  const calls = revealed
    .map(({ id, around }) => `$aether(${/^\d/.test(id) ? id : `"${id}"`}${around === undefined ? '' : ',1'})`)
    .join(';');
  return `${templates.join('')}<script${render.nonce}>${define ? `${swap};` : ''}${calls}</script>`;
}
