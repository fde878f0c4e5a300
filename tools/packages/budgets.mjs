/**
 * @typedef {object} Budget
 * @property {number} browserBytes everything the main entry exports, bundled for browsers, minified, gzip
 * @property {number} packages that an installation brings, the package itself included
 * @property {number} installedBytes of all of them
 */

/** What the packages may cost their users, by folder name. */
/** @type {Record<string, Budget>} */
export const budgets = {
  nexus: { browserBytes: 4_096, packages: 1, installedBytes: 512 * 1024 },
  netron: { browserBytes: 14_336, packages: 4, installedBytes: 1024 * 1024 },
};
