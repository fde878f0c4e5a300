/** Runs the value codec without a peer. */
import { ErrorRegistry } from '../../errors/error-registry.js';
import { targetOf } from '../../service/call/proxy.js';
import { isStreamSource } from '../../service/call/stream-source.js';
import { exposureOf } from '../../service/declare/exposed.js';
import { onlyOptions } from '../../util/only-options.js';
import type { OptionNames } from '../../util/option-names.js';
import type { HandleEncoder } from '../../wire/handles.js';
import { handleTypes } from '../../wire/handles.js';
import { defaultLimits, type Limits } from '../../wire/limits.js';
import { RichValues } from '../../wire/rich-values.js';
import { allFeatures, featureBits } from '../../wire/value-features.js';
import type { ValueTypes } from '../../wire/value-types.js';
import { writeValue } from '../../wire/value-writer.js';
import { Writer } from '../../wire/writer.js';

/** Receiver of a value. */
export interface SendableOptions {
  /** Name of the value in errors. Default `value`. */
  readonly name?: string;
  /** Limits of the receiver. Default: those of a node without options. */
  readonly limits?: Partial<Limits>;
  /** Registered classes of values, as the node has them. */
  readonly types?: ValueTypes;
  /** Features of the receiver's runtime, for instance `[]` for one that supports only the base protocol. Default: all. */
  readonly features?: readonly string[];
}

const names: OptionNames<SendableOptions> = { name: true, limits: true, types: true, features: true };

/** Encoder that accepts everything that is sent by reference or as a stream. */
const dry: HandleEncoder<Writer> = {
  encode(value, writer) {
    if (typeof value !== 'function' && !staysHere(value)) return false;
    writer.extension(handleTypes.reference, () => writeValue(writer, 0));
    return true;
  },
  owns: (value) => staysHere(value),
};

function staysHere(value: object): boolean {
  if (typeof Blob === 'function' && value instanceof Blob) return true;
  return targetOf(value) !== undefined || exposureOf(value) !== undefined || isStreamSource(value);
}

/**
 * Checks that a value can be sent, as an argument, result, item or event: encodes it like a call does, and sends nothing. Getters and
 * `toJSON` run.
 *
 * @throws TypeError for unknown options
 * @throws NetronError `invalid_argument` with the path of a value that cannot be sent, `resource_exhausted` beyond a limit
 * @example
 * ```ts
 * assertSendable({ user: { avatar: Symbol('x') } }); // NetronError: value.user.avatar is a symbol
 * ```
 */
export function assertSendable(value: unknown, options: SendableOptions = {}): void {
  onlyOptions('assertSendable', options, names);
  onlyOptions('limits', options.limits ?? {}, defaultLimits);
  const writer = new Writer(0, { ...defaultLimits, ...options.limits });
  writer.handles = dry;
  writer.errors = new ErrorRegistry();
  writer.values = new RichValues(options.types);
  writer.features = options.features === undefined ? allFeatures : featureBits(options.features);
  writeValue(writer, value, options.name);
}
