/** Tables of what was measured. */

/**
 * @typedef {object} Line one row of a table
 * @property {string} row
 * @property {string} asked empty when nothing is
 * @property {string} value
 * @property {boolean} [met] absent when nothing is asked
 */

/** @type {Record<string, readonly [title: string, note: string]>} */
const sections = {
  calls: [
    'Calls of a service proxy beside direct ones',
    'Three nodes in one process, connections with sessions. Rates by the clock; beside them by the CPU time of the caller.',
  ],
  others: [
    'Calls beside other libraries',
    'Three server processes each, one process that calls all of them; JSON for Moleculer, Protocol Buffers for gRPC.',
  ],
  processes: ['One, two and four server processes', 'One process calls all of them.'],
  picks: ['Choosing a node', ''],
  registry: [
    'A registry of 1,000 nodes',
    'Nodes on Redis are instances of one process on eight connections: each runs the script that a node runs, as often.',
  ],
  sessions: ['Sessions', ''],
  scale: ['Costs by the number of nodes', 'All nodes in this process, over memory.'],
};

/** @param {{ date: string, commit: string, cpu: string, cores: number, node: string, load: number }} machine @param {number} rounds */
export const head = ({ date, commit, cpu, cores, node, load }, rounds) => `# Services of several nodes: results

${date}, commit ${commit}, ${cores} × ${cpu}, Node ${node}, load ${load} before the run; medians of ${rounds} rounds. \`npm run bench:cluster\` makes these tables.
Ratios by CPU time hold on a busy machine, those by the clock on a quiet one.
`;

/** @param {string} name of the part @param {readonly Line[]} lines */
export function section(name, lines) {
  const [title, note] = sections[name] ?? [name, ''];
  const rows = lines.map(({ row, asked, value, met }) => `| ${row} | ${value} | ${asked} | ${verdict(met)} |`);
  return `## ${title}\n\n${note === '' ? '' : `${note}\n\n`}| | measured | asked | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** @param {boolean | undefined} met */
const verdict = (met) => (met === undefined ? '' : met ? 'met' : '**missed**');

/**
 * A row about how many times as fast one side is as another.
 *
 * @param {string} row
 * @param {{ clock: number, cpu: number }} ratio of the rates by the clock, and by the caller's CPU time
 * @param {number} [least]
 * @returns {Line}
 */
export function ratioLine(row, { clock, cpu }, least) {
  const value = `${clock.toFixed(2)} (CPU ${cpu.toFixed(2)})`;
  return least === undefined ? { row, asked: '', value } : { row, asked: `≥ ${least}`, value, met: clock >= least };
}

/**
 * A row about a number with its unit.
 *
 * @param {string} row
 * @param {string} value
 * @param {string} asked
 * @param {boolean} met
 * @returns {Line}
 */
export const valueLine = (row, value, asked, met) => ({ row, asked, value, met });
