/** The table of a whole run in the README of the repository. */
import { readFileSync, writeFileSync } from 'node:fs';
import { bestPeer, table } from './report.mjs';

/** Rows of the table, the floor of each, and the unit of its first metric. @type {readonly [id: string, title: string, floor: string, unit: string][]} */
const rows = [
  ['add', '`add`, 1 at a time', 'ws-raw', '/s'],
  ['add64', '`add`, 64 in flight', 'ws-batch', '/s'],
  ['add512', '`add`, 512 in flight', 'ws-batch', '/s'],
  ['context64', '`add`, 64 in flight, with deadline, trace and middleware', 'ws-batch', '/s'],
  ['connections100', '100 connections, 1 call at a time on each', 'ws-raw', '/s'],
  ['echo1k', '1 KB record, 64 in flight', 'ws-batch', '/s'],
  ['echo64k', '64 KB bytes, 8 in flight', 'ws-raw', '/s'],
  ['download', 'bytes to the client', 'ws-raw', 'B/s'],
  ['upload', 'bytes to the server', 'ws-raw', 'B/s'],
  ['objects', 'small objects streamed', 'ws-batch', '/s'],
  ['events1', 'events, 1 subscriber', 'ws-batch', '/s'],
  ['events100', 'events, 100 subscribers', 'ws-batch', '/s'],
  ['connects', 'connect, one call, close', 'ws-raw', '/s'],
];

const between = /(?<=<!-- bench:start -->\n)[\s\S]*(?=<!-- bench:end -->)/;

/**
 * Replaces what stands between `<!-- bench:start -->` and `<!-- bench:end -->` in the README.
 *
 * @param {import('./report.mjs').Measured[]} measured
 * @param {{ machine: { node: string }, date: string, rounds: number, kinds: Map<string, import('./contender.mjs').Contender> }} run
 */
export function writeOverview(measured, { machine, date, rounds, kinds }) {
  const file = new URL('../../README.md', import.meta.url);
  const text = readFileSync(file, 'utf8');
  if (!between.test(text)) throw new Error('no <!-- bench:start --> … <!-- bench:end --> in README.md');
  writeFileSync(
    file,
    text.replace(between, () => overview(measured, { machine, date, rounds, kinds })),
  );
}

/** @type {(measured: import('./report.mjs').Measured[], run: Parameters<typeof writeOverview>[1]) => string} */
function overview(measured, { machine, date, rounds, kinds }) {
  const find = (/** @type {string} */ id) => measured.find(({ row }) => row.id === id);
  const value = (/** @type {string} */ row, /** @type {string} */ contender, /** @type {string} */ metric) =>
    find(row)?.results[contender]?.metrics?.[metric]?.median ?? Number.NaN;
  const lines = rows.flatMap(([id, title, floor, unit]) => {
    const one = find(id);
    if (one === undefined) return [];
    const { key } = one.row.metrics[0];
    const of = (/** @type {string} */ contender) => value(id, contender, key);
    const best = bestPeer(one.row, one.results, kinds) ?? '';
    const mine = of('netron-ws');
    const rate = (/** @type {string} */ contender) => inUnits(of(contender) * (unit === 'B/s' ? 1e9 : 1), unit);
    return [
      [
        title,
        rate(floor),
        rate('netron-ws'),
        `${(mine / of(floor)).toFixed(2)} ×`,
        rate('netron-tcp'),
        `${best} ${rate(best)}`,
        `${(mine / of(best)).toFixed(1)} ×`,
      ],
    ];
  });
  const head = [
    '',
    'bare `ws`',
    'Netron, WebSocket',
    'vs. bare `ws`',
    'Netron, TCP',
    'best other library',
    'Netron (WebSocket) vs. it',
  ];
  const idle = (/** @type {string} */ id) => value('idle', id, 'memory').toFixed(1);
  const load = (/** @type {string} */ id) => value('import', id, 'time').toFixed(0);
  return `Medians of ${rounds} interleaved rounds on two shared cores, Node ${machine.node}, ${date.slice(0, 10)}; client and server are separate processes. "Bare \`ws\`" is a handwritten
binary protocol on the \`ws\` library that sends all packets of one turn of the event loop in one message (one message per call in the first row,
and for bytes). The client-side masking that RFC 6455 requires limits uploads and 64 KB echoes over WebSocket; TCP has no masking.

${table(head, lines)}

An idle connection takes ${idle('netron-ws')} KB of the server's memory (bare \`ws\` ${idle('ws-raw')}, socket.io ${idle('socket.io')}); importing client and server takes ${load('netron-ws')} ms (bare \`ws\` ${load('ws-raw')}, socket.io ${load('socket.io')}).

\`npm run bench\` takes these measurements and writes this table. [bench/results/latest.md](bench/results/latest.md) has every contender and the targets that were
missed, and [docs/decisions/speed.md](docs/decisions/speed.md) explains what separates the results from the targets. Compare ratios, not absolute figures.
`;
}

/** @type {(value: number, unit: string) => string} */
function inUnits(value, unit) {
  const [size, prefix] = value >= 1e9 ? [1e9, 'G'] : value >= 1e6 ? [1e6, 'M'] : value >= 1e3 ? [1e3, 'k'] : [1, ''];
  return `${(value / size).toFixed(prefix === 'k' || prefix === '' ? 1 : 2)} ${prefix}${unit}`;
}
