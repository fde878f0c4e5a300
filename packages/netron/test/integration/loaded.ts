/**
 * Loads what nodes load when they need it, for tests on virtual time: a file that is read then takes as long as it takes, and
 * deadlines pass meanwhile.
 */
import 'semver/classes/range.js';
import 'semver/functions/compare.js';
import 'semver/functions/rcompare.js';
import 'semver/ranges/max-satisfying.js';
import 'semver/ranges/valid.js';
import '../../src/cluster/cluster.js';
import '../../src/cluster/cluster-events.js';
import '../../src/discovery/start.js';
import '../../src/service/describe.js';
