/** MessagePack as the form of arguments and results: common values at once, the rest by code that is loaded with the first that needs it. */
import { mediaTypes, readCommonMessagePack, writeCommonMessagePack } from '@omnitron-dev/netron/http/client';
import { load } from '../util/load.js';
import type { BodyCodec } from './codec.js';

/**
 * Writes and reads the value codec of connections, as Netron's servers do: `new HttpRemotePeer(url, { codec: messagePack })`. Shorter
 * than rich JSON for bytes and numbers.
 */
export const messagePack: BodyCodec = {
  mediaType: mediaTypes.msgpack,
  async read(body, errors) {
    const common = readCommonMessagePack(body, errors);
    return common === undefined ? (await whole()).readMessagePack(body, { errors }) : common.value;
  },
  write(value, errors, root) {
    const bytes = writeCommonMessagePack(value, errors, root);
    if (bytes !== undefined) return bytes;
    return load(whole(), 'such arguments').then(({ writeMessagePack }) => writeMessagePack(value, { errors }, root));
  },
};

function whole(): Promise<typeof import('@omnitron-dev/netron/messagepack')> {
  return import('@omnitron-dev/netron/messagepack');
}
