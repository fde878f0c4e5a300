/**
 * Workloads of js-reactivity-benchmark, described anew. `prepare` makes a graph with a library and returns one run of the
 * workload, which throws when the library gives a wrong answer.
 *
 * @typedef {object} Workload
 * @property {string} id
 * @property {string} group
 * @property {(library: import('./library.mjs').Library) => () => void} prepare
 */
import { creation } from './workloads/creation.mjs';
import { layers } from './workloads/layers.mjs';
import { propagation } from './workloads/propagation.mjs';
import { updates } from './workloads/updates.mjs';

/** @type {readonly Workload[]} */
export const workloads = [...propagation, ...layers, ...creation, ...updates];
