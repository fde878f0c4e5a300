/** One file for each entry, and what entries share. */
/** @type {import('./bundle.mjs').Chunks} */
export const none = { folders: [], named: {} };

/** How the files of a package are cut beyond what its entries share, by folder name. */
/** @type {Record<string, import('./bundle.mjs').Chunks>} */
export const chunks = {
  'netron-browser': {
    // What others share with the chunks below comes first, so that it is not part of them.
    folders: ['util'],
    // The peer last: the entry has no code of its own, so that bundlers see past it to the file that a page uses.
    alone: [
      'retry/retry-manager',
      'queue/storage',
      'cache/dehydrate',
      'cache/hydrate',
      'fluent/fluent',
      'request/message-pack',
      'peer/http-remote-peer',
    ],
    // Options and their checks, keys of the cache and what refuses arguments without one, for the peer and for what is loaded later.
    together: {
      options: [
        'retry/retry-options',
        'fluent/settings',
        'fluent/query-settings',
        'cache/options',
        'cache/key',
        'cache/stable-args',
        // Reads and changes in advance use it: the fluent interface would be loaded at once otherwise.
        'request/refuse-args',
      ],
    },
    named: {
      retry: 'retry/retry-manager',
      storage: 'queue/storage',
      dehydrate: 'cache/dehydrate',
      hydrate: 'cache/hydrate',
      fluent: 'fluent/fluent',
      messagepack: 'request/message-pack',
      peer: 'peer/http-remote-peer',
      util: 'util/flight',
    },
  },
  netron: {
    // All that a page has at once which calls over HTTP: bundlers put a file whole into what is loaded first, when any of it is.
    together: {
      page: [
        'errors/netron-error',
        'errors/codes',
        'errors/error-classes',
        'errors/error-texts',
        'http/address',
        'http/common-json',
        'http/json-tag',
        'http/json-tags',
        'http/json-values',
        'http/media-types',
        'http/parse-json',
        'http/scan-json',
        'service/call/proxy',
        'util/check',
        'util/copy',
        'util/digest',
        'util/on-abort',
        'util/only-options',
        'util/read-options',
        'wire/limits',
        'wire/malformed',
      ],
      // For pages that have middleware.
      compose: ['middleware/compose'],
      // What both codecs below import: without it a page that reads rich JSON would load MessagePack.
      values: [
        'wire/value-features',
        'util/hear-promise',
        'util/is-thenable',
        'util/quietly',
        'wire/costs',
        'wire/extension-types',
        'wire/instance-kind',
        'wire/instances',
        'wire/unwritable',
      ],
      // MessagePack of common values, for pages that speak it.
      messagepack: ['http/common-messagepack'],
      // Rich JSON of all values, which such a page loads later, without the codec of connections.
      json: [
        'http/read-json',
        'http/write-json',
        'wire/boxed',
        'wire/regexp',
        'wire/temporal',
        'wire/typed-array',
        'wire/url',
        'wire/web-lists',
      ],
    },
    folders: ['util', 'errors', 'wire', 'transport'],
    last: {
      // Sockets of Node. Each file takes half a millisecond of an import, so what a node always loads is in few.
      sockets: [
        'transport/node/websocket',
        'transport/node/connection-limit',
        'transport/node/default-transports',
        'transport/node/dial',
        'transport/node/framing',
        'transport/node/handshakes',
        'transport/node/ipc',
        'transport/node/ipc-connection',
        'transport/node/listening',
        'transport/node/pipe',
        'transport/node/stream-connection',
        'transport/node/stream-server',
        'transport/node/tcp',
        'transport/node/tls',
        'transport/node/tls-options',
        'transport/node/unix',
        'transport/node/websocket-connection',
      ],
      // What the middleware of the package, the engine and a node share, after the folders: otherwise it would bring them along.
      calls: [
        'service/declare/annotations',
        'balance/balancer-names',
        'balance/outlier-options',
        'middleware/derived-call',
        'middleware/given-text',
        'middleware/idempotency',
        'middleware/idempotency-store',
        'middleware/linked-signal',
        'middleware/policy-options',
        'middleware/shared-run',
        'middleware/timeout',
        'middleware/watch-call',
        'peer/calls/promises',
        'peer/calls/result-of',
        'service/call/call-tags',
        'service/call/remote-blob',
        'service/call/remote-members',
        'service/call/running-call',
        'service/call/skew',
        'service/call/stream-source',
        'service/call/set-property',
        'service/declare/http-rule',
        'service/declare/semver',
        'service/declare/service-name',
        'service/declare/version',
      ],
    },
    named: {
      engine: 'peer/link/link',
      node: 'node/netron',
      peer: 'peer/remote-peer',
      http: 'http/request-router',
      calls: 'service/call/options',
      declare: 'service/declare/annotations',
      discovery: 'discovery/discovery',
      emitter: 'util/emitter',
      middleware: 'middleware/adapt',
      records: 'discovery/read-record',
    },
  },
};
