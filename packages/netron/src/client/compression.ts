import type { Compressor } from '../compression/compressor.js';
import { Compression } from '../peer/link/compression.js';
import type { ClientPart } from './part.js';

/** Part of a client that compresses messages to nodes that support the same algorithm, and decompresses theirs. */
export function compression(compressor: Compressor): ClientPart {
  return {
    name: 'compression',
    install(client) {
      client.compression = new Compression(compressor);
    },
  };
}
