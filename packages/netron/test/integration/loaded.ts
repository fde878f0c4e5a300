/**
 * Loads what nodes load when they need it, for tests on virtual time: a file that is read then takes as long as it takes, and
 * deadlines pass meanwhile.
 */
import { preload } from '../../src/testing/preload.js';

await preload();
