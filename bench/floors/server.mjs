/** The serving side of the floors. */
import { Packr } from 'msgpackr';
import { item, source } from '../harness/data.mjs';
import { BatchWriter, kind, RawWriter, readFrames } from './frames.mjs';
import { fullAt } from './link.mjs';

const packr = new Packr({ useRecords: false });
/** Items made in one turn of the loop. */
const burst = 256;

/** @param {boolean} batch */
export function floorService(batch) {
  const subscribers = new Set();
  return {
    /** @param {import('./link.mjs').Link} link */
    accept(link) {
      const writer = batch ? new BatchWriter(link.send) : new RawWriter(link.send);
      let uploading = { id: 0, left: 0, size: 0 };
      link.onStray = (bytes) => {
        uploading.left -= bytes.length;
        if (uploading.left === 0) writer.added(uploading.id, uploading.size);
      };
      const receiver = {
        onNumbers(type, id, a, b) {
          if (type === kind.add) writer.added(id, a + b);
          else if (type === kind.download) void download(link, writer, id, a);
          else if (type === kind.items) void sendItems(link, writer, id, a);
          else if (type === kind.upload) {
            uploading = { id, left: a, size: a };
            link.expect(a);
          } else if (type === kind.subscribe) {
            subscribers.add(writer);
            writer.added(id, 0);
          }
        },
        onPayload(type, id, bytes) {
          if (type === kind.echo) writer.payload(kind.echoed, id, packr.pack(packr.unpack(bytes)));
          else if (type === kind.bytes) writer.payload(kind.bytesBack, id, bytes);
        },
      };
      link.onMessage = (message) => readFrames(message, receiver);
      link.onClose = () => subscribers.delete(writer);
    },
    /** @param {object} event */
    publish(event) {
      const payload = packr.pack(event);
      for (const writer of subscribers) writer.payload(kind.event, 0, payload);
    },
  };
}

async function download(link, writer, id, size) {
  writer.added(id, size);
  writer.flush();
  let turn = 0;
  for (const chunk of source(size)) {
    const full = link.sendStray(chunk);
    if (full) await full;
    // A kernel that takes everything at once would keep this loop from ever ending its turn.
    else if (++turn % 64 === 0) await new Promise(setImmediate);
  }
}

async function sendItems(link, writer, id, count) {
  for (let next = 0; next < count; ) {
    const end = Math.min(count, next + burst);
    while (next < end) writer.payload(kind.item, 0, packr.pack(item(next++)));
    do await new Promise(setImmediate);
    while (link.buffered() > fullAt);
  }
  writer.added(id, count);
}
