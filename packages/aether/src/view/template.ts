import { boundTemplate, type Part, type Template } from './block.js';
import { named } from './named.js';
import { inside } from './spaces.js';

/**
 * Creates a template. Its HTML has one element at the top, and `<!>` where children go that are not alone. Attributes are set by their
 * names.
 */
export const template = (html: string, parts: readonly Part[]): Template =>
  boundTemplate(
    html,
    parts.map((part) => ({ ...part, by: named })),
    inside,
  );
