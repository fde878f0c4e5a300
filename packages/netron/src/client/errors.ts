import { createErrorCodec, type ErrorClasses } from '../errors/error-codec.js';
import type { ClientPart } from './part.js';

/**
 * Part of a client that restores classes of errors. Without it `NetronError` and the named errors arrive as `NetronError`, and errors of
 * JavaScript and of applications as `RemoteError`, each with name, code, message and fields; errors cannot be sent as values.
 *
 * @param classes of the application, whose errors arrive as instances; both ends need them
 * @throws TypeError when one is not an error class, or two have the same name
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
