import { costs } from './costs.js';
import { extensionTypes } from './extension-types.js';
import { malformed } from './malformed.js';
import type { Reader } from './reader.js';
import { Unwritable } from './unwritable.js';
import { valueFeatures } from './value-features.js';
import type { Writer } from './writer.js';

/** Most characters of a source, since parsing takes proportional time. */
const longest = 4096;

const sourceOf = Object.getOwnPropertyDescriptor(RegExp.prototype, 'source')!.get!;
const flagsOf = Object.getOwnPropertyDescriptor(RegExp.prototype, 'flags')!.get!;

/**
 * Returns source and flags of a regular expression. `lastIndex` is not sent, as with `structuredClone`.
 *
 * @throws Unwritable when it is too long
 */
export function partsOf(regexp: RegExp): readonly [source: string, flags: string] {
  const source = sourceOf.call(regexp) as string;
  if (source.length > longest) throw new Unwritable('invalid_argument', `is a RegExp of more than ${longest} characters`);
  return [source, flagsOf.call(regexp) as string];
}

/** Writes a regular expression as source and flags. */
export function writeRegExp(writer: Writer, regexp: RegExp): void {
  const [source, flags] = partsOf(regexp);
  writer.need(valueFeatures.values, 'is a RegExp');
  writer.spendCostly(costs.regexp);
  const start = writer.beginExtension(extensionTypes.regexp);
  writer.string(source);
  writer.string(flags);
  writer.endExtension(start);
}

/** Reads the extension's body. A flag or syntax that this runtime does not support refuses only the single value. */
export function readRegExp(reader: Reader): RegExp | undefined {
  reader.spendCostly(costs.regexp);
  return parse(reader.string(), reader.string()) ?? reader.refuse(foreign);
}

/**
 * Creates a regular expression.
 *
 * @throws NetronError `invalid_argument` when it is not valid, or has a flag or syntax that this runtime does not support
 */
export function parseRegExp(source: string, flags: string): RegExp {
  const regexp = parse(source, flags);
  if (regexp === undefined) throw malformed(foreign);
  return regexp;
}

const foreign = 'a RegExp that this runtime does not support';

/** @returns `undefined` when this runtime does not support it */
function parse(source: string, flags: string): RegExp | undefined {
  if (source.length > longest || !/^[a-z]{0,16}$/.test(flags)) throw malformed('an invalid RegExp');
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}
