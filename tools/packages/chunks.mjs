/** One file for each entry, and what entries share. */
/** @type {import('./bundle.mjs').Chunks} */
export const none = { folders: [], named: {} };

/** How the files of a package are cut beyond what its entries share, by folder name. */
/** @type {Record<string, import('./bundle.mjs').Chunks>} */
export const chunks = {
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
