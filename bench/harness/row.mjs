/**
 * What a workload file exports: `rows`, each one table of the report, and where the server has a part in it
 * `operations(served)`, which the client reaches by `server.ask(name, args)`.
 *
 * @typedef {object} Metric
 * @property {string} key of the object that `run` resolves to
 * @property {string} title with its unit
 * @property {'higher' | 'lower'} better
 * @property {number} [digits] after the point, default 0
 *
 * @typedef {object} Target what PERFORMANCE asks of one contender: its first metric over that of another
 * @property {string} contender
 * @property {string} [metric] default the first one
 * @property {string} [against] id of a contender or `best peer`; absent: the value itself is compared
 * @property {number} must at least (`higher`) or at most (`lower`)
 * @property {number} [goal]
 *
 * @typedef {object} Row
 * @property {string} id
 * @property {string} title
 * @property {string} [note] printed below the title
 * @property {Metric[]} metrics the first one gives the ratios
 * @property {import('./contender.mjs').Feature} [needs]
 * @property {(contender: import('./contender.mjs').Contender) => boolean} [admits] further condition
 * @property {string} [floor] `raw` or `batch`; ratios are to this floor of the contender's transport, else to that of `ws`
 * @property {boolean} [bare] no ratios: the values are near zero
 * @property {boolean} [fresh] new processes for every round
 * @property {number} [rounds] when other than what the command line says
 * @property {Target[]} [targets]
 * @property {(run: import('./client.mjs').Run) => Promise<Record<string, number>>} [run] in the client's process
 * @property {(contender: import('./contender.mjs').Contender) => Promise<Record<string, number>>} [inspect] in the driver, instead of `run`
 */

import { readdir } from 'node:fs/promises';

/** Condition for rows in which the two floors of a transport do the same. @param {import('./contender.mjs').Contender} contender */
export const oneFloor = ({ inProcess, id }) => !inProcess && !id.endsWith('-batch');

/** Condition for rows about connections: one variant of each library. @param {import('./contender.mjs').Contender} contender */
export const oneVariant = (contender) => oneFloor(contender) && !contender.heavyClient && contender.id !== 'socket.io-msgpack';

const folder = new URL('../workloads/', import.meta.url);

/** @returns {Promise<{ file: string, row: Row }[]>} every row of every workload */
export async function allRows() {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.mjs')).sort();
  const found = await Promise.all(files.map(async (file) => ({ file, rows: (await import(new URL(file, folder).href)).rows })));
  return found.flatMap(({ file, rows }) => rows.map((/** @type {Row} */ row) => ({ file, row })));
}
