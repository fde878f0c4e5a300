import { batch } from '../reactive/batch.js';
import { createRoot } from '../reactive/owner.js';
import { PageHost } from './create.js';
import { inside } from './spaces.js';
import type { View } from './types.js';

/**
 * Shows a view in an element, after its existing content. In an element of SVG or MathML, its elements are of the same.
 *
 * ```tsx
 * const remove = render(<App />, document.body);
 * ```
 *
 * @returns a function that disposes the view and removes its nodes
 */
export function render(view: View | (() => View), container: Element | DocumentFragment | ShadowRoot): () => void {
  return createRoot((dispose) =>
    batch(() => {
      const instance = inside(new PageHost(container.ownerDocument), container as Element).create(view);
      instance.insert(container, null);
      return () => {
        dispose();
        instance.dispose();
        instance.remove();
      };
    }),
  );
}
