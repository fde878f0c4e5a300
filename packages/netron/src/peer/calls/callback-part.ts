import type { CallbackPart } from '../link/link-parts.js';
import { Exports } from '../references/exports.js';
import { writableService } from '../streams/writable-service.js';
import { IncomingCalls } from './incoming.js';

/** Support for calls from the other end of a link. */
export const callbackPart: CallbackPart = {
  incoming: (link) => new IncomingCalls(link),
  exports: (node, limit, advertised) => new Exports(node, limit, advertised),
  writable: writableService,
};
