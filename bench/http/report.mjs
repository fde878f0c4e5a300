/** Tables of what was measured. */

/** @typedef {{ title: string, results: Record<string, Record<string, number>>, ratios: Record<string, Record<string, number>> }} Row figures by contender and unit;
 * ratios are Netron's figures divided by theirs */
/** @typedef {{ date: string, cpu: string, node: string, load: number, rounds: number, seconds: number }} Run */

/** How many times as fast the package has to be, by row and contender. @type {Record<string, Record<string, number>>} */
const asked = {
  '`add`, 64 connections': { bare: 0.85, hono: 1, orpc: 2, trpc: 2 },
  '100 calls in one request, 4 connections': { trpc: 2 },
  '64 MiB to the client': { bare: 0.9 },
  '64 MiB to the server': { bare: 0.9 },
  'a cached read, awaited': { 'query-core': 1 },
  'sharing of 1,000 records with dates, of which one changed': { 'query-core': 0.83 },
};

/** Units of which more is better. */
const rates = new Set(['calls/s', 'MB/s']);

const labels = /** @type {Record<string, string>} */ ({ bare: 'node:http by hand', hono: 'Hono', orpc: 'oRPC', trpc: 'tRPC' });

/** @param {number} value */
const written = (value) => (value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US'));

/** One line for each figure of each contender. @param {Row} row */
function lines({ title, results, ratios }) {
  const { netron = {}, ...others } = results;
  return Object.entries(netron).flatMap(([unit, own], index) =>
    Object.entries(others).map(([name, figures]) => {
      const other = figures[unit] ?? Number.NaN;
      const beside = ratios[name]?.[unit] ?? Number.NaN;
      const ratio = rates.has(unit) ? beside : 1 / beside;
      const least = index === 0 ? asked[title]?.[name] : undefined;
      const verdict = least === undefined ? '' : ratio >= least ? 'met' : '**missed**';
      const cells = [`${title}, ${unit}`, written(own), labels[name] ?? name, written(other), `${ratio.toFixed(2)} ×`];
      return `| ${[...cells, least === undefined ? '' : `≥ ${least}`, verdict].join(' | ')} |`;
    }),
  );
}

/** @param {readonly Row[]} rows @param {Run} run */
export function report(rows, { date, cpu, node, load, rounds, seconds }) {
  return [
    `${date}, ${cpu}, Node ${node}, load ${load} before the run; medians of ${rounds} interleaved rounds of ${seconds} s, ratios those within each round. \`npm run bench:http\` makes this table.`,
    'Servers are processes of their own. The ratio says how many times as fast Netron is.',
    '',
    '| | Netron | beside | | ratio | asked | |',
    '| --- | ---: | --- | ---: | ---: | ---: | --- |',
    ...rows.flatMap(lines),
    '',
  ].join('\n');
}
