import { batch } from '../reactive/batch.js';
import { createRoot } from '../reactive/owner.js';
import { PageHost } from './create.js';
import type { View } from './types.js';

/**
 * Shows a view in an element, after its existing content.
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
      const instance = new PageHost(container.ownerDocument).create(view);
      instance.insert(container, null);
      return () => {
        dispose();
        instance.dispose();
        instance.remove();
      };
    }),
  );
}
