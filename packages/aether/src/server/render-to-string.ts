import type { View } from '../view/types.js';
import { PageRender, type RenderOptions } from './render.js';

/**
 * Renders a view as HTML, with the answers of all resources that suspend. Everything is escaped; effects, `onMount` and
 * handlers do not run. Concurrent renderings share nothing.
 *
 * @returns the HTML of the view, followed by a script with the answers of resources that have a `key`
 * @throws an error that no `ErrorBoundary` handles; the reason of `signal`; TypeError for an answer with a `key` that is not
 *   plain data, naming the path
 */
export async function renderToString(view: View | (() => View), options: RenderOptions = {}): Promise<string> {
  const render = new PageRender(view, options);
  try {
    render.start();
    await render.settled();
    const html = render.html();
    const data = await render.data();
    if (data === '') return html;
    const end = render.endOf(html);
    return html.slice(0, end) + data + html.slice(end);
  } finally {
    render.end();
  }
}
