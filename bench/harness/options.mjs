/** The command line. */
import { parseArgs } from 'node:util';

export const usage = `npm run bench -- [options]

  --only add,echo1k           rows to run, by id or by the beginning of one with * (events*); default all
  --contenders ws-raw,…       contenders to run, the same way; default all
  --rounds 3                  of every row; medians are reported
  --seconds 0.4               of every measurement
  --bufferutil                let ws mask with its native module
  --beside COMMIT             also measure Netron of that commit, and compare the two
  --no-build                  measure the packages as they are built
  --list                      print rows and contenders, run nothing

A run of everything writes results/latest.json and results/latest.md; any other writes results/partial.*.`;

/** @param {string[]} args */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      contenders: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '0.4' },
      bufferutil: { type: 'boolean', default: false },
      beside: { type: 'string' },
      'no-build': { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    only: chooser(values.only),
    contenders: chooser(values.contenders),
    whole: values.only === undefined && values.contenders === undefined && !values.bufferutil && !values.beside,
    beside: values.beside,
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    bufferutil: values.bufferutil,
    build: !values['no-build'],
    list: values.list,
    help: values.help,
  };
}

/** @param {string | undefined} list @returns {((id: string) => boolean) & { patterns: string[] }} */
function chooser(list) {
  const patterns = list?.split(',').filter(Boolean) ?? [];
  const matches = (/** @type {string} */ id) =>
    patterns.length === 0 || patterns.some((one) => (one.endsWith('*') ? id.startsWith(one.slice(0, -1)) : id === one));
  return Object.assign(matches, { patterns });
}

/** @param {string} name @param {string} text */
function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new RangeError(`--${name} wants a positive number, not ${text}`);
  return value;
}
