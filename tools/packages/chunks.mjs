/** One file for each entry, and what entries share. */
/** @type {import('./bundle.mjs').Chunks} */
export const none = { folders: [], named: {} };

/** How the files of a package are cut beyond what its entries share, by folder name. */
/** @type {Record<string, import('./bundle.mjs').Chunks>} */
export const chunks = {
  'netron-browser': {
    // What others share with the chunks below comes first, so that it is not part of them.
    folders: ['util'],
    alone: ['retry/retry-options', 'retry/retry-manager', 'queue/storage'],
    named: {
      'retry-options': 'retry/retry-options',
      retry: 'retry/retry-manager',
      storage: 'queue/storage',
      util: 'util/flight',
    },
  },
  netron: {
    folders: ['util', 'errors', 'wire', 'transport'],
    named: {
      engine: 'peer/link/link',
      node: 'node/netron',
      peer: 'peer/remote-peer',
      http: 'http/answer',
      json: 'http/read-json',
      calls: 'service/call/options',
      declare: 'service/declare/annotations',
      discovery: 'discovery/discovery',
      emitter: 'util/emitter',
      middleware: 'middleware/adapt',
      records: 'discovery/read-record',
    },
  },
};
