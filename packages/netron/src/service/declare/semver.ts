/** Functions of `semver`, each loaded when it is first needed: most queries have no range. */
import { loadOnce } from '../../util/load-once.js';

export const loadValidRange = loadOnce(async () => (await import('semver/ranges/valid.js')).default);
export const loadMaxSatisfying = loadOnce(async () => (await import('semver/ranges/max-satisfying.js')).default);
export const loadReverseCompare = loadOnce(async () => (await import('semver/functions/rcompare.js')).default);
export const loadCompare = loadOnce(async () => (await import('semver/functions/compare.js')).default);
export const loadRange = loadOnce(async () => (await import('semver/classes/range.js')).default);
