/** Runs rows: round 1 of all contenders, round 2 of all, … */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './measure.mjs';
import { Pair } from './pair.mjs';

/**
 * @typedef {{ file: string, contender: import('./contender.mjs').Contender }} Entry
 * @typedef {{ median: number, values: number[] }} Summary
 * @typedef {Record<string, { metrics?: Record<string, Summary>, error?: string }>} Results by contender
 */

/** @returns {Promise<{ entries: Entry[], broken: { file: string, error: string }[] }>} */
export async function describeContenders() {
  const script = fileURLToPath(new URL('describe.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script], { maxBuffer: 1 << 24 });
  const found = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  return { entries: found.filter((one) => one.contender), broken: found.filter((one) => one.error) };
}

/**
 * @param {{ file: string, row: import('./row.mjs').Row }} workload
 * @param {Entry[]} entries
 * @param {{ rounds: number, seconds: number, bufferutil: boolean, signal: AbortSignal }} options
 * @returns {Promise<Results>}
 */
export async function runRow({ file, row }, entries, options) {
  const admitted = entries.filter(({ contender }) => admits(row, contender));
  const pairs = new Map();
  const values = new Map(admitted.map(({ contender }) => [contender.id, /** @type {Record<string, number>[]} */ ([])]));
  const errors = new Map();
  try {
    for (let round = 0; round < (row.rounds ?? options.rounds); round++) {
      for (const entry of admitted) {
        const { id } = entry.contender;
        if (errors.has(id)) continue;
        options.signal.throwIfAborted();
        try {
          values.get(id).push(await measure(row, file, entry, pairs, options));
        } catch (error) {
          errors.set(id, error instanceof Error ? error.message : String(error));
        }
      }
    }
  } finally {
    await Promise.all([...pairs.values()].map((pair) => pair.close()));
  }
  return Object.fromEntries(
    admitted.map(({ contender: { id } }) => [
      id,
      errors.has(id) ? { error: errors.get(id) } : { metrics: summarize(row, values.get(id)) },
    ]),
  );
}

async function measure(row, file, entry, pairs, options) {
  const { id } = entry.contender;
  if (row.inspect) return row.inspect(entry.contender);
  if (!pairs.has(id)) pairs.set(id, await Pair.open([entry.file, id, file], options));
  const pair = pairs.get(id);
  const metrics = await pair.run(row.id, options.seconds);
  if (row.fresh) {
    pairs.delete(id);
    await pair.close();
  }
  return metrics;
}

/** @param {import('./row.mjs').Row} row @param {import('./contender.mjs').Contender} contender */
function admits(row, contender) {
  if (row.needs && !contender.supports.includes(row.needs)) return false;
  return row.admits?.(contender) ?? true;
}

function summarize(row, values) {
  // `work` is in no table of a row, but is compared with another commit's.
  const keys = [...row.metrics.map(({ key }) => key), ...(values[0]?.work === undefined ? [] : ['work'])];
  return Object.fromEntries(
    keys.map((key) => [key, { median: median(values.map((one) => one[key])), values: values.map((one) => one[key]) }]),
  );
}
