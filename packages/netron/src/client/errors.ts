import { createErrorCodec, type ErrorClasses } from '../errors/error-codec.js';
import type { ClientPart } from './part.js';

/**
 * Part of a client that knows classes of errors. Without it `NetronError` and the named errors arrive as `NetronError`, those of
 * the language and of applications as `RemoteError`, each with name, code, message and fields; errors cannot be sent as values.
 *
 * @param classes of the application that arrive as instances; both ends need them
 * @throws TypeError when one is no class of errors, or two have one name
 */
export function errors(classes: ErrorClasses = []): ClientPart {
  const codec = createErrorCodec(classes);
  return {
    name: 'errors',
    install(client) {
      client.errors = codec;
    },
  };
}
