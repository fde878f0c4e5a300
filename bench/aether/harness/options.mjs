import { parseArgs } from 'node:util';

export const parts = ['signals', 'rows', 'server', 'queries', 'start', 'compile'];

export const usage = `npm run bench:aether -- [options]

  --only a,b      parts to measure: ${parts.join(', ')}; default all
  --rows text     of signals and rows, only those whose name contains the text
  --rounds n      rounds of everything; default 9
  --no-build      measure the packages as they were installed last`;

/** Reads the options of a run. */
export function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    allowNegative: true,
    options: {
      only: { type: 'string', default: parts.join() },
      rows: { type: 'string', default: '' },
      rounds: { type: 'string', default: '9' },
      build: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
    },
  });
  const only = values.only.split(',');
  const unknown = only.find((each) => !parts.includes(each));
  if (unknown !== undefined) throw new Error(`no part '${unknown}'; there are ${parts.join(', ')}`);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`rounds: expected a number of at least 1, got '${values.rounds}'`);
  return { only, rounds, rows: values.rows, build: values.build, help: values.help };
}
