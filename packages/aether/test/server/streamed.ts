import type { View } from '../../src/index.js';
import { type RenderOptions, renderToStream } from '../../src/ssr.js';

/** A container into which a server streams: each step writes a chunk, whose scripts run. */
export function streamed(view: () => View, options?: RenderOptions) {
  const container = document.createElement('div');
  document.body.append(container);
  const reader = renderToStream(view, options).getReader();
  return {
    container,
    /** Returns whether there was a chunk. */
    async next(): Promise<boolean> {
      const { value, done } = await reader.read();
      container.insertAdjacentHTML('beforeend', new TextDecoder().decode(value));
      for (const written of container.querySelectorAll('script:not([type])')) {
        const script = document.createElement('script');
        script.textContent = written.textContent;
        written.replaceWith(script);
        script.remove();
      }
      return !done;
    },
  };
}
