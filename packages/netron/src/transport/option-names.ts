/** Refuses options with a name that a transport does not know: each would be an option that is not there. */
import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';
import type { Transport, TransportOptions } from './transport.js';

/** Names of the options that every transport has. */
const common: OptionNames<TransportOptions> = {
  timeout: true,
  signal: true,
  clock: true,
  scheduler: true,
  maxMessage: true,
  maxConnections: true,
  maxConnectionsPerAddress: true,
};

/** Names of a transport's own options, of which `Options` is the type. */
export type OwnOptionNames<Options extends TransportOptions> = OptionNames<Omit<Options, keyof TransportOptions>>;

/**
 * Refuses options that a transport does not have, with the list of those that it has.
 *
 * @param where they stand, for the message
 * @param more names that are known besides
 * @throws TypeError
 */
export function checkTransportOptions(
  { name, optionNames }: Pick<Transport, 'name' | 'optionNames'>,
  given: object,
  where = `transport '${name}'`,
  more?: object,
): void {
  onlyOptions(where, given, { ...more, ...optionNames, ...common });
}
