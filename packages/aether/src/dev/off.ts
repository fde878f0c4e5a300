/** Checks of development, which are left out elsewhere. */
import type { Checks } from './checks.js';

export const dev: Checks | undefined = undefined;
