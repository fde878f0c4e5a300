/** The tables of a run. */
import { median } from './measure.mjs';

/**
 * @typedef {{ row: import('./row.mjs').Row, results: import('./driver.mjs').Results }} Measured
 */

/**
 * @param {object} run
 * @param {ReturnType<typeof import('./environment.mjs').describeMachine>} run.machine
 * @param {string} run.date
 * @param {{ rounds: number, seconds: number, bufferutil: boolean, beside?: string }} run.options
 * @param {import('./contender.mjs').Contender[]} run.contenders
 * @param {Measured[]} run.measured
 * @returns {string} markdown
 */
export function report({ machine, date, options, contenders, measured }) {
  const kinds = new Map(contenders.map((contender) => [contender.id, contender]));
  return [
    '# Benchmark results',
    `${date.slice(0, 10)}, commit ${machine.commit}; ${machine.cores} × ${machine.cpu}, ${machine.memoryGB} GB, ${machine.system}, Node ${machine.node}, load ${machine.load} before the run. ` +
      'Client and server in separate processes on loopback, contenders interleaved, ' +
      `medians of ${options.rounds} round${options.rounds > 1 ? 's' : ''} of ${options.seconds} s${options.bufferutil ? ', with bufferutil' : ''}. ` +
      'Compare ratios, not absolute figures: `npm run bench` makes this table on any machine.',
    ...targetTable(measured, kinds),
    ...besideTable(measured, options.beside),
    ...measured.map((one) => rowTable(one, kinds)),
    '## Contenders',
    table(
      ['contender', 'transport', 'how'],
      contenders.map(({ id, transport, encoding }) => [id, transport, encoding]),
    ),
    `Versions: ${Object.entries(machine.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    '',
  ].join('\n\n');
}

/** One row of a report. @param {Measured} measured @param {Map<string, import('./contender.mjs').Contender>} kinds */
export function rowTable({ row, results }, kinds) {
  const best = row.bare ? undefined : bestPeer(row, results, kinds);
  const head = ['contender', ...row.metrics.map(({ title }) => title)];
  if (row.floor !== undefined) head.push('× floor');
  if (best !== undefined) head.push(`× best peer (${best})`);
  const lines = Object.entries(results)
    .sort(([a], [b]) => order(kinds.get(a)) - order(kinds.get(b)))
    .map(([id, { metrics, error }]) => {
      if (!metrics) return [id, `failed: ${error?.split('\n')[0]}`, ...head.slice(2).map(() => '')];
      const floor = floorOf(row, id, results, kinds);
      return [
        id,
        ...row.metrics.map(({ key, digits }) => number(metrics[key].median, digits)),
        ...(row.floor === undefined ? [] : [floor === undefined ? '' : ratio(row, results, id, floor)]),
        ...(best === undefined ? [] : [ratio(row, results, id, best)]),
      ];
    });
  return [`## ${row.title} (\`${row.id}\`)`, ...(row.note ? [row.note] : []), table(head, lines)].join('\n\n');
}

/** @param {Measured[]} measured @param {Map<string, import('./contender.mjs').Contender>} kinds */
function targetTable(measured, kinds) {
  const lines = measured.flatMap(({ row, results }) =>
    (row.targets ?? []).flatMap((target) => {
      const metric = row.metrics.find(({ key }) => key === target.metric) ?? row.metrics[0];
      const against = target.against === 'best peer' ? bestPeer(row, results, kinds) : target.against;
      const mine = results[target.contender]?.metrics?.[metric.key].median;
      const theirs = against === undefined ? 1 : results[against]?.metrics?.[metric.key].median;
      if (mine === undefined || theirs === undefined || (target.against && !against)) return [];
      const value = mine / theirs;
      const holds =
        metric.better === 'higher'
          ? (/** @type {number} */ bound) => value >= bound
          : (/** @type {number} */ bound) => value <= bound;
      const bound = (/** @type {number | undefined} */ one) =>
        one === undefined ? '' : `${metric.better === 'higher' ? '≥' : '≤'} ${one}`;
      const verdict = !holds(target.must) ? '**missed**' : target.goal !== undefined && holds(target.goal) ? 'goal' : 'met';
      const measure = against === undefined ? `${target.contender}: ${metric.title}` : `${target.contender} / ${against}`;
      return [
        [
          row.title,
          measure,
          number(value, value < 10 ? 2 : value < 100 ? 1 : 0),
          bound(target.must),
          bound(target.goal),
          verdict,
        ],
      ];
    }),
  );
  return lines.length === 0 ? [] : ['## Targets', table(['workload', 'measure', 'value', 'must', 'goal', ''], lines)];
}

/**
 * Compares every row of this build with the same row of the other commit, round by round: the median of the ratios.
 *
 * @param {Measured[]} measured
 * @param {string} [commit]
 */
function besideTable(measured, commit) {
  if (commit === undefined) return [];
  const lines = measured.flatMap(({ row, results }) => {
    const [{ key, better }] = row.metrics;
    return Object.keys(results)
      .filter((id) => id.startsWith('netron-'))
      .flatMap((id) => {
        const mine = results[id].metrics;
        const theirs = results[id.replace('netron-', 'before-')]?.metrics;
        if (!mine || !theirs) return [];
        const ratios = (/** @type {string} */ name) =>
          (mine[name]?.values ?? []).map((value, round) => theirs[name].values[round] / value);
        const speed = better === 'higher' ? ratios(key).map((value) => 1 / value) : ratios(key);
        return [[row.id, id, ...spread(speed), ...spread(ratios('work'))]];
      });
  });
  return [
    `## Beside ${commit}`,
    'Above 1 this build is better: the median of the ratios of all rounds, the least and the greatest of them. First by the clock; then by the ' +
      'CPU time of client and server for the same work, which counts on a machine that does other things, too.',
    table(['row', 'contender', 'this / before', 'least', 'greatest', 'CPU before / this', 'least', 'greatest'], lines),
  ];
}

/** Median, least and greatest of ratios; empty cells for none. @param {number[]} ratios */
function spread(ratios) {
  if (ratios.length === 0) return ['', '', ''];
  return [number(median(ratios), 3), number(Math.min(...ratios), 2), number(Math.max(...ratios), 2)];
}

/** The floor that a contender is compared with: of its own transport where there is one. */
function floorOf(row, id, results, kinds) {
  if (row.floor === undefined || row.bare) return undefined;
  const own = `${kinds.get(id)?.transport}-${row.floor}`;
  return [own, `ws-${row.floor}`].find((floor) => results[floor]?.metrics);
}

/** The contender of another library that does best. */
export function bestPeer(row, results, kinds) {
  const [{ key, better }] = row.metrics;
  const peers = Object.entries(results).filter(([id, { metrics }]) => kinds.get(id)?.kind === 'peer' && metrics);
  const sign = better === 'higher' ? -1 : 1;
  peers.sort(([, a], [, b]) => sign * (a.metrics[key].median - b.metrics[key].median));
  return peers[0]?.[0];
}

function ratio(row, results, id, other) {
  const [{ key }] = row.metrics;
  const value = results[id].metrics[key].median / results[other].metrics[key].median;
  return number(value, value < 0.1 ? 3 : value < 10 ? 2 : 1);
}

function order(contender) {
  return contender === undefined ? 3 : ['floor', 'netron', 'peer'].indexOf(contender.kind);
}

/** @param {number} value @param {number} [digits] */
function number(value, digits = 0) {
  if (!Number.isFinite(value)) return '–';
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A table in Markdown. @param {string[]} head @param {string[][]} lines */
export function table(head, lines) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...lines.map(line)].join('\n');
}
