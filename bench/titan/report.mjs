/** Tables of what was measured. */

/** @typedef {{ date: string, node: string, cpu: string, load: number }} Machine */

/** @type {Record<string, readonly [must: number, goal: number]>} */
const ofCore = { rights: [0.9, 0.97], limit: [0.85, 0.93], validation: [0.85, 0.93], cache: [0.75, 0.85], all: [0.65, 0.8] };
const labels = {
  bare: 'the core alone',
  rights: 'identity and rights',
  limit: 'a limit',
  validation: 'validation, in and out',
  cache: 'a cached result',
  all: 'rights, limit and validation',
  nestjs: 'NestJS, the same',
  moleculer: 'Moleculer, the same',
};

/**
 * @param {Record<string, any>} measured by part
 * @param {Machine} machine
 * @param {{ rounds: number, seconds: number }} options
 */
export function report(measured, { date, node, cpu, load }, { rounds, seconds }) {
  const head = `# The framework: results

${date}, ${cpu}, Node ${node}, load ${load} before the run; medians of ${rounds} rounds of ${seconds} s. \`node bench/titan/run.mjs\` makes these tables.
Ratios of CPU time are reliable on a busy machine, those of elapsed time only on a quiet one.
`;
  const tables = { start, calls, local, replicas, compiler };
  const made = Object.entries(tables).flatMap(([name, table]) => (measured[name] ? [table(measured[name])] : []));
  return `${[head, ...made].join('\n')}`;
}

/**
 * @param {string} title
 * @param {readonly string[]} columns
 * @param {readonly (string | number)[][]} rows
 */
function tableOf(title, columns, rows) {
  const line = (/** @type {readonly (string | number)[]} */ cells) => `| ${cells.join(' | ')} |`;
  return `## ${title}\n\n${[line(columns), line(columns.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')}\n`;
}

const verdict = (/** @type {number} */ value, /** @type {number} */ must, /** @type {number} */ goal, sign = 1) =>
  sign * value >= sign * goal ? 'goal' : sign * value >= sign * must ? 'met' : '**missed**';

/** @param {Record<'titan' | 'nestjs', { startMs: number, startCpuMs: number, wholeMs: number, wholeCpuMs: number, rss: number }>} measured */
function start({ titan, nestjs }) {
  /** @type {[string, 'startMs' | 'startCpuMs' | 'wholeMs' | 'wholeCpuMs', number, number][]} */
  const times = [
    ['start, ms', 'startMs', 10, 20],
    ['start, ms of CPU', 'startCpuMs', 10, 20],
    ['from process start with imports, ms', 'wholeMs', 3, 4],
    ['from process start with imports, ms of CPU', 'wholeCpuMs', 3, 4],
  ];
  const rows = times.map(([label, key, must, goal]) => {
    const ratio = nestjs[key] / titan[key];
    return [
      label,
      titan[key].toFixed(1),
      nestjs[key].toFixed(1),
      `${ratio.toFixed(2)} ×`,
      `≥ ${must} ×`,
      verdict(ratio, must, goal),
    ];
  });
  const memory = titan.rss / nestjs.rss;
  const mib = (/** @type {number} */ bytes) => (bytes / 2 ** 20).toFixed(1);
  rows.push([
    'resident memory, MiB',
    mib(titan.rss),
    mib(nestjs.rss),
    memory.toFixed(3),
    '≤ 0.65',
    verdict(memory, 0.65, 0.5, -1),
  ]);
  return tableOf(
    'Start of 100 modules with 500 providers',
    ['', 'Titan', 'NestJS, application context', 'ratio', 'must', ''],
    rows,
  );
}

/** @typedef {{ perSecond: number, serverCpuUs: number, clientCpuUs: number }} CallCost */

/** @param {Record<string, CallCost>} measured */
function calls(measured) {
  const { bare, all } = /** @type {Record<'bare' | 'all', CallCost>} */ (measured);
  const busier = (/** @type {CallCost} */ { serverCpuUs, clientCpuUs }) => Math.max(serverCpuUs, clientCpuUs);
  const rows = Object.entries(measured).map(([name, cost]) => {
    const other = name === 'nestjs' || name === 'moleculer';
    const [must, goal] = other ? [5, 7] : (ofCore[name] ?? []);
    const byClock = other ? all.perSecond / cost.perSecond : cost.perSecond / bare.perSecond;
    const byCpu = other ? busier(cost) / busier(all) : busier(bare) / busier(cost);
    const unit = other ? ' ×' : '';
    return [
      labels[/** @type {keyof typeof labels} */ (name)],
      Math.round(cost.perSecond).toLocaleString('en'),
      `${byClock.toFixed(2)}${unit}`,
      cost.serverCpuUs.toFixed(2),
      cost.clientCpuUs.toFixed(2),
      `${byCpu.toFixed(2)}${unit}`,
      must === undefined ? '' : `≥ ${must}${unit}`,
      must === undefined || goal === undefined ? '' : verdict(byCpu, must, goal),
    ];
  });
  const columns = ['', 'calls a second', 'ratio', 'µs of CPU, server', 'client', 'ratio', 'must', ''];
  return `${tableOf('`add` over TCP, 64 in flight', columns, rows)}
The ratio of a row with rules compares it with the core alone; the ratio of another framework compares Titan with all rules to it. The second ratio compares the CPU
time of the busier end, which limits the rate if each end has a CPU of its own.
`;
}

/** @param {Record<'local' | 'unix', { us: number, cpuUs: number }>} measured */
function local({ local: own, unix }) {
  const row = (/** @type {string} */ label, /** @type {number} */ here, /** @type {number} */ there) => {
    const ratio = there / here;
    return [label, here.toFixed(2), there.toFixed(2), `${ratio.toFixed(1)} ×`, '≥ 10 ×', verdict(ratio, 10, 30)];
  };
  return tableOf(
    'A call through `remote()`, all rules, one at a time',
    ['', 'local', 'Unix socket', 'ratio', 'must', ''],
    [row('µs', own.us, unix.us), row('µs of CPU of the caller', own.cpuUs, unix.cpuUs)],
  );
}

/** @param {Record<'1' | '2', { perSecond: number, cpuUs: number, processes: number }>} measured */
function replicas(measured) {
  const [one, two] = [measured['1'], measured['2']];
  return tableOf(
    'Replicas of a process on one port',
    ['', '1', '2', 'ratio'],
    [
      ['calls a second', one.perSecond.toFixed(0), two.perSecond.toFixed(0), `${(two.perSecond / one.perSecond).toFixed(2)} ×`],
      ['µs of CPU a call', one.cpuUs.toFixed(0), two.cpuUs.toFixed(0), (two.cpuUs / one.cpuUs).toFixed(2)],
      ['processes that were called', one.processes, two.processes, ''],
    ],
  );
}

/** @param {{ perMethod: number, first: number, second: number }} measured */
function compiler({ perMethod, first, second }) {
  return tableOf(
    'The compiler: instantiations for each method with a contract (zod 4)',
    ['', 'value', 'must', ''],
    [
      ['one method more, 30 to 600', perMethod.toFixed(0), '≤ 1,700', verdict(perMethod, 1_700, 1_200, -1)],
      [
        '300 to 600 beside 30 to 300',
        (second / first).toFixed(3),
        '1 ± 0.05',
        verdict(Math.abs(second / first - 1), 0.05, 0.05, -1),
      ],
    ],
  );
}
