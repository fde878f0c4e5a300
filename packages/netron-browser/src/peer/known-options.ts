import { cacheNames } from '../cache/cache-manager.js';
import { readers } from '../fluent/query-settings.js';
import { optionNames } from '../retry/retry-options.js';
import { peerNames } from './options.js';

/** Objects with a property for each known option, for programs that check options before they create a peer or call a service. */
export const knownOptions: Readonly<Record<'peer' | 'cache' | 'retry' | 'call', object>> = {
  peer: peerNames,
  cache: cacheNames,
  retry: optionNames,
  call: readers,
};
