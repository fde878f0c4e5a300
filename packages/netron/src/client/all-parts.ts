import { callbacks } from './callbacks.js';
import { errors } from './errors.js';
import { events } from './events.js';
import { longMessages } from './long-messages.js';
import { observation } from './observation.js';
import type { ClientPart } from './part.js';
import { pipelining } from './pipelining.js';
import { reconnect } from './reconnect.js';
import { streams } from './streams.js';
import { values } from './values.js';

/** Returns the parts that need no arguments: `connect(url, { with: allParts() })` can do what a node's `connect` can. */
export function allParts(): readonly ClientPart[] {
  return [reconnect(), callbacks(), streams(), events(), errors(), values(), longMessages(), pipelining(), observation()];
}
