import { callPromises } from '../calls/call-promise.js';
import { callbackPart } from '../calls/callback-part.js';
import { Pipelining } from '../calls/pipelining.js';
import { traceCall } from '../calls/traced-call.js';
import { handlePart } from '../references/handle-part.js';
import { streamPart } from '../streams/stream-part.js';
import type { LinkParts } from './link-parts.js';
import { longMessagePart } from './long-message-part.js';

/** Parts of the links of a node: all of them. */
export const allParts: LinkParts = {
  callbacks: callbackPart,
  streams: streamPart,
  longMessages: longMessagePart,
  handles: handlePart,
  promises: callPromises,
  pipelining: (link, pending, calls) => new Pipelining(link, pending, calls),
  observe: traceCall,
};
