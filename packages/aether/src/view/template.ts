import { boundTemplate, type Part, type Template } from './block.js';
import { named } from './named.js';
import { inside } from './spaces.js';

/** Creates a template. Its HTML has one top element, and `<!>` in place of each child that is not an only child. Attributes are set by name. */
export const template = (html: string, parts: readonly Part[]): Template =>
  boundTemplate(
    html,
    parts.map((part) => ({ ...part, by: named })),
    inside,
  );
