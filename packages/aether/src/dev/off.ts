/** Placeholder for the checks of development, outside of development. */
import type { Checks } from './checks.js';

// A literal, so that bundlers drop code for development.
export const dev: Checks | false = false as Checks | false;
