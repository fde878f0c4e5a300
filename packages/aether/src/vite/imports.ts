/** Imports of compiled modules. */
import type { BinderName } from './binders.js';

/** Exports that compiled modules import: those of descriptions, and those that set attributes. */
export type Imported =
  | BinderName
  | 'Fragment'
  | 'block'
  | 'boundTemplate'
  | 'component'
  | 'inside'
  | 'jsx'
  | 'served'
  | 'template'
  | 'use'
  | 'useLater';

/** Name of an export in a compiled module. */
export const localName = (exported: Imported): string => `_$${exported}`;
