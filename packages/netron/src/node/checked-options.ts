/** Options of a node as its parts use them: checked, and with defaults. */
import { NetronError } from '../errors/netron-error.js';
import type { ConnectionSettings, DialSettings, ExpectedNode } from '../peer/dial-settings.js';
import type { NodeMetadata } from '../peer/link/greeting.js';
import { checkSignal, described, isRecord } from '../util/check.js';
import { hearPromise } from '../util/hear-promise.js';
import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';
import { randomId } from '../util/random-id.js';
import { readOptions } from '../util/read-options.js';
import { defaultLimits, defaultReceiving, leastLimits, maxLimits, type NodeLimits } from '../wire/limits.js';
import type { ExtendedValues } from '../wire/rich-values.js';
import { writeValue } from '../wire/value-writer.js';
import { Writer } from '../wire/writer.js';
import type { NetronConnectOptions, NetronOptions } from './options.js';

/**
 * Returns milliseconds as given by the user, where 0 means "no limit".
 *
 * @param name of the option
 * @throws RangeError when the value is not a number from 0
 */
export function limitOf(name: string, ms: number | undefined, fallback: number): number {
  return fromZero(name, ms ?? fallback) || Infinity;
}

/**
 * Returns a number of attempts or milliseconds, checked.
 *
 * @param name of the option
 * @throws RangeError when the value is not a number from 0
 */
export function fromZero(name: string, given: number): number {
  if (typeof given !== 'number' || !(given >= 0))
    throw new RangeError(`${name} must be a non-negative number, not ${String(given)}`);
  return given;
}

/**
 * Returns milliseconds for something that must have a time limit.
 *
 * @param name of the option
 * @throws NetronError `invalid_argument` for 0 and `Infinity`, which mean "no limit"
 * @throws RangeError when the value is not a number from 0
 */
export function boundOf(name: string, ms: number | undefined, fallback: number): number {
  const given = limitOf(name, ms, fallback);
  if (given < Infinity) return given;
  throw new NetronError('invalid_argument', `${name} cannot be unlimited: set a positive number of milliseconds`);
}

/** Names of the options of `connect` that are not passed to the transport. */
export const ownConnectOptions: Readonly<Record<string, true>> = {
  maxReconnectAttempts: true,
  reconnectDelay: true,
  credentials: true,
  expect: true,
  session: true,
};

const expected: OptionNames<ExpectedNode> = { id: true, instance: true };

/**
 * Returns how `connect` makes a connection: its own options first, then those of the node, then the defaults.
 *
 * @param own names of options that the transport does not receive
 * @throws TypeError when `signal` is not an `AbortSignal`, or `expect` has an unknown property
 * @throws NetronError `invalid_argument` when connecting would have no time limit
 * @throws RangeError when a time is not a number from 0
 */
export function connectionSettings(
  given: NetronConnectOptions,
  node: NetronOptions = {},
  own: object = ownConnectOptions,
): ConnectionSettings {
  checkSignal(given.signal);
  const { expect: wanted } = given;
  const expect = typeof wanted === 'string' ? { id: wanted } : wanted && readOptions(wanted, 'expect');
  onlyOptions('expect', expect ?? {}, expected);
  const transportOptions: Record<string, unknown> = { ...given };
  for (const name in own) delete transportOptions[name];
  return {
    transportOptions,
    expect,
    credentials: 'credentials' in given ? given.credentials : node.credentials,
    timeout: boundOf(given.timeout === undefined ? 'connectTimeout' : 'timeout', given.timeout ?? node.connectTimeout, 10_000),
  };
}

/**
 * Returns how `connect` reconnects.
 *
 * @throws RangeError when a time is not a number from 0, or a number of attempts is not whole
 */
export function reconnectSettings(
  given: Pick<NetronConnectOptions, 'maxReconnectAttempts' | 'reconnectDelay'>,
  node: NetronOptions = {},
): Pick<DialSettings, 'attempts' | 'delay' | 'firstAttempts'> {
  const attempts = fromZero('maxReconnectAttempts', given.maxReconnectAttempts ?? node.maxReconnectAttempts ?? Infinity);
  if (attempts < Infinity && !Number.isInteger(attempts))
    throw new RangeError(`maxReconnectAttempts must be an integer, not ${attempts}`);
  return {
    attempts,
    firstAttempts: given.maxReconnectAttempts ?? 0,
    delay: fromZero('reconnectDelay', given.reconnectDelay ?? node.reconnectDelay ?? 1_000),
  };
}

/**
 * Returns the limits of a node, with defaults.
 *
 * @throws RangeError when a limit is not a whole number above 0, `message` exceeds 64 MiB or `depth` exceeds 256
 */
export function limitsOf(given: Partial<NodeLimits>): NodeLimits {
  const defaults: NodeLimits = { ...defaultLimits, receiving: defaultReceiving };
  onlyOptions('limits', given, defaults);
  const limits: NodeLimits = { ...defaults, ...given };
  for (const [name, value] of Object.entries(limits) as [keyof NodeLimits, number][]) {
    const bounded = name === 'receiving' ? undefined : name;
    const least = bounded === undefined ? limits.message : (leastLimits[bounded] ?? 1);
    const most = (bounded && maxLimits[bounded]) ?? Number.MAX_SAFE_INTEGER;
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw new RangeError(`limits.${name} must be an integer between ${least} and ${most}, not ${value}`);
  }
  return limits;
}

/** Maximum size of the encoded metadata, in bytes. */
const longestMetadata = 8_192;

/**
 * Returns a copy of the description of a node.
 *
 * @throws TypeError when it is not an object of plain data
 * @throws RangeError when its encoded form exceeds 8,192 bytes
 */
export function metadataOf(metadata: NodeMetadata | undefined, values: ExtendedValues | undefined): NodeMetadata | undefined {
  if (metadata === undefined) return undefined;
  const writer = Object.assign(new Writer(256), { values });
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    throw new TypeError('metadata must be an object of plain data');
  const given = isRecord(metadata) ? readOptions(metadata) : metadata;
  try {
    writeValue(writer, given);
  } catch (error) {
    throw new TypeError(`metadata must be plain data: ${(error as Error).message}`, { cause: error });
  }
  if (writer.position > longestMetadata)
    throw new RangeError(`metadata must have at most ${longestMetadata} bytes, not ${writer.position}`);
  return structuredClone(given);
}

/** Wraps a generator of random bytes: throws unless it returns the requested number of bytes, on which the strength of ids and secrets depends. */
export function checkedBytes(randomBytes: (length: number) => Uint8Array): (length: number) => Uint8Array {
  return (length) => {
    const bytes: unknown = randomBytes(length);
    if (bytes instanceof Uint8Array && bytes.length === length) return bytes;
    const came = bytes instanceof Uint8Array ? String(bytes.length) : hearPromise(bytes) ? 'a promise' : described(bytes);
    throw new TypeError(`randomBytes must return ${length} bytes, not ${came}`);
  };
}

/**
 * Returns the id of a node: the given one, checked, or a random one.
 *
 * @throws RangeError when it does not have 1 to 128 characters, has half of a surrogate pair, or ends in `#` and a number
 */
export function idOf(given: string | undefined, randomBytes: (length: number) => Uint8Array): string {
  if (given === undefined) return randomId(randomBytes);
  if (typeof given !== 'string' || given.length === 0 || given.length > 128)
    throw new RangeError('id must have 1 to 128 characters');
  // Half of a surrogate pair cannot be encoded: other nodes would see another id.
  if (/\p{Surrogate}/u.test(given)) throw new RangeError('id must not contain a lone surrogate');
  // This ending distinguishes several connections to one node.
  if (/#\d+$/.test(given)) throw new RangeError(`id must not end in '#' and a number, as '${given}' does`);
  return given;
}
