/** The calling side of the floors. */
import { Packr } from 'msgpackr';
import { source } from '../harness/data.mjs';
import { BatchWriter, kind, RawWriter, readFrames } from './frames.mjs';
import { Pending } from './pending.mjs';

const packr = new Packr({ useRecords: false });

/**
 * @param {import('./link.mjs').Link} link
 * @param {boolean} batch
 * @returns {import('../harness/contender.mjs').Client}
 */
export function floorClient(link, batch) {
  const writer = batch ? new BatchWriter(link.send) : new RawWriter(link.send);
  const pending = new Pending();
  let onItem = (/** @type {any} */ _item) => {};
  let onEvent = (/** @type {any} */ _event) => {};
  let onBytes = (/** @type {Buffer} */ _bytes) => {};
  const receiver = {
    onNumbers(_type, id, value) {
      if (downloading.id === id) {
        downloading.id = -1;
        link.expect(downloading.size);
      }
      pending.settle(id, value);
    },
    onPayload(type, id, bytes) {
      if (type === kind.echoed) pending.settle(id, packr.unpack(bytes));
      else if (type === kind.bytesBack) pending.settle(id, bytes);
      else if (type === kind.item) onItem(packr.unpack(bytes));
      else onEvent(packr.unpack(bytes));
    },
  };
  const downloading = { id: -1, size: 0 };
  link.onMessage = (message) => readFrames(message, receiver);
  link.onStray = (bytes) => onBytes(bytes);
  link.onClose = () => pending.failAll(new Error('closed'));
  return {
    add: (a, b) => pending.call((id) => writer.request(kind.add, id, a, b)),
    echo: (record) => pending.call((id) => writer.payload(kind.echo, id, packr.pack(record))),
    bytes: (bytes) => pending.call((id) => writer.payload(kind.bytes, id, bytes)),
    download: (size, onChunk) =>
      new Promise((resolve, reject) => {
        let left = size;
        onBytes = (bytes) => {
          left -= bytes.length;
          const wait = onChunk(bytes.length);
          if (left === 0) resolve();
          else if (wait) {
            link.pause();
            void wait.then(() => link.resume());
          }
        };
        const started = pending.call((id) => {
          downloading.id = id;
          downloading.size = size;
          writer.request(kind.download, id, size, 0);
        });
        started.catch(reject);
      }),
    upload: (size) => {
      const counted = pending.call((id) => writer.request(kind.upload, id, size, 0));
      writer.flush();
      void send(link, size);
      return counted;
    },
    items: async (count, handle) => {
      onItem = handle;
      await pending.call((id) => writer.request(kind.items, id, count, 0));
    },
    subscribe: async (handle) => {
      onEvent = handle;
      await pending.call((id) => writer.request(kind.subscribe, id, 0, 0));
    },
    close: () => link.close(),
  };
}

async function send(link, size) {
  let turn = 0;
  for (const chunk of source(size)) {
    const full = link.sendStray(chunk);
    if (full) await full;
    else if (++turn % 64 === 0) await new Promise(setImmediate);
  }
}
