/**
 * MessagePack as the codec of arguments and results. Common values are handled at once; the code for the rest is loaded with the first
 * value that needs it.
 */
import { mediaTypes, NetronError, readCommonMessagePack, writeCommonMessagePack } from '@omnitron-dev/netron/http/client';
import { load } from '../util/load.js';
import type { BodyCodec } from './codec.js';

/**
 * The value codec of connections, for requests: `new HttpRemotePeer(url, { codec: messagePack })`. Shorter than rich JSON for bytes and
 * numbers. Netron's servers accept it.
 */
export const messagePack: BodyCodec = {
  mediaType: mediaTypes.msgpack,
  async read(body, errors) {
    const common = readCommonMessagePack(body, errors);
    if (common !== undefined) return common.value;
    const { readMessagePack } = await whole().catch((cause: unknown) => {
      throw new NetronError('unavailable', 'cannot load the code for MessagePack', { cause });
    });
    return readMessagePack(body, { errors });
  },
  write(value, errors, root) {
    const bytes = writeCommonMessagePack(value, errors, root);
    if (bytes !== undefined) return bytes;
    return load(whole(), 'these arguments').then(({ writeMessagePack }) => writeMessagePack(value, { errors }, root));
  },
};

function whole(): Promise<typeof import('@omnitron-dev/netron/messagepack')> {
  return import('@omnitron-dev/netron/messagepack');
}
