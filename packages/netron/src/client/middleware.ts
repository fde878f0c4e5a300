import { type MiddlewareOptions, type MiddlewareSource, nodeMiddleware } from '../peer/node-middleware.js';
import { Definitions } from '../peer/references/definitions.js';
import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';
import type { ClientPart } from './part.js';

const names: OptionNames<Omit<MiddlewareSource, 'middleware'>> = { construct: true, callSites: true };

/**
 * Part of a client for middleware: `outgoing` around the calls it makes, `incoming` around those it answers.
 *
 * @param options how instances of middleware classes are made, and whether stacks include the place of calls
 * @throws TypeError for unknown options
 * @example
 * ```ts
 * const peer = await connect(address, { with: [middleware({ outgoing: [retry({ attempts: 3 })] })] });
 * ```
 */
export function middleware(given: MiddlewareOptions, options: Omit<MiddlewareSource, 'middleware'> = {}): ClientPart {
  onlyOptions('middleware', options, names);
  return {
    name: 'middleware',
    install(client) {
      // This reader keeps annotations, which middleware reads.
      client.definitions = new Definitions();
      client.middleware = nodeMiddleware({ ...options, middleware: given }, client);
    },
  };
}
