/** Checks of development, which are left out elsewhere. */
import type { Checks } from './checks.js';

// A literal, so that bundlers leave out what is only done in development.
export const dev: Checks | false = false as Checks | false;
