/** Refuses unknown options of transports, which would otherwise be ignored silently. */
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

/** Names of a transport's own options, whose type is `Options`. */
export type OwnOptionNames<Options extends TransportOptions> = OptionNames<Omit<Options, keyof TransportOptions>>;

/**
 * Refuses options that a transport does not have, and lists those that it has.
 *
 * @param where names the place of the options in the error message
 * @param more further known names
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
