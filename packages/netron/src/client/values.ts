import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';
import { RichValues } from '../wire/rich-values.js';
import type { ValueTypes } from '../wire/value-types.js';
import type { ClientPart } from './part.js';

/** Options of the part `values`. */
export interface ValuesOptions {
  /** Classes whose instances are transferred as values of their own; both ends need them. */
  readonly types?: ValueTypes;
  /** Whether values may contain cycles and keep shared references, to and from ends that also allow it. Default `false`. */
  readonly cycles?: boolean;
}

const names: OptionNames<ValuesOptions> = { types: true, cycles: true };

/**
 * Part of a client for all types of values: `Map`, `Set`, `bigint`, typed arrays, `URL`, `RegExp`, Temporal, `Headers` and
 * `URLSearchParams`, boxed primitives, strings with half a surrogate pair, objects with `toJSON`, instances of classes. Without it only
 * `undefined`, `null`, booleans, numbers, strings, arrays, plain objects, dates and `Uint8Array` are sent; others are refused with
 * `failed_precondition`.
 *
 * @throws TypeError for unknown options
 */
export function values(options: ValuesOptions = {}): ClientPart {
  onlyOptions('values', options, names);
  const { types, cycles = false } = options;
  return {
    name: 'values',
    install(client) {
      client.values = new RichValues(types);
      client.greetings.values = client.values;
      client.cycles = cycles;
    },
  };
}
