/**
 * The hand-made protocol of the floors. Every frame says its own length, so that a message may hold one or many:
 *
 *   add       1 · id u32 · a f64 · b f64        added   2 · id u32 · sum f64
 *   echo      3 · id u32 · size u32 · MessagePack   echoed  4 · the same
 *   bytes     5 · id u32 · size u32 · bytes         bytes   6 · the same
 *   download  7 · id u32 · size f64 · –             then `size` bytes outside of frames
 *   upload    8 · id u32 · size f64 · –             the same the other way, then `added` with what arrived
 *   items     9 · id u32 · count f64 · –        item    10 · 0 u32 · size u32 · MessagePack, then `added`
 *   subscribe 11 · id u32 · – · –               event   12 · 0 u32 · size u32 · MessagePack
 *
 * (`–` is a number that says nothing: all requests with numbers are as long as `add`.)
 */
export const kind = {
  add: 1,
  added: 2,
  echo: 3,
  echoed: 4,
  bytes: 5,
  bytesBack: 6,
  download: 7,
  upload: 8,
  items: 9,
  item: 10,
  subscribe: 11,
  event: 12,
};

/** Length of what precedes the payload. */
export const headSize = 9;
const requestSize = 21;
const addedSize = 13;

/**
 * Writes each frame as a message of its own.
 */
export class RawWriter {
  /** @param {(message: Buffer) => void} send */
  constructor(send) {
    this.send = send;
  }

  request(type, id, a, b) {
    const frame = Buffer.allocUnsafe(requestSize);
    putRequest(frame, 0, type, id, a, b);
    this.send(frame);
  }

  added(id, sum) {
    const frame = Buffer.allocUnsafe(addedSize);
    putAdded(frame, 0, id, sum);
    this.send(frame);
  }

  payload(type, id, bytes) {
    const frame = Buffer.allocUnsafe(headSize + bytes.length);
    putPayload(frame, 0, type, id, bytes);
    this.send(frame);
  }

  flush() {}
}

const blockSize = 64 * 1024;

/** Writes everything of one turn of the loop as one message. */
export class BatchWriter {
  #block = Buffer.alloc(0); // Until the first frame, for idle connections hold none.
  #start = 0;
  #end = 0;
  #scheduled = false;
  #flush = () => this.flush();

  /** @param {(message: Buffer) => void} send */
  constructor(send) {
    this.send = send;
  }

  request(type, id, a, b) {
    this.#reserve(requestSize);
    putRequest(this.#block, this.#end, type, id, a, b);
    this.#end += requestSize;
  }

  added(id, sum) {
    this.#reserve(addedSize);
    putAdded(this.#block, this.#end, id, sum);
    this.#end += addedSize;
  }

  payload(type, id, bytes) {
    const size = headSize + bytes.length;
    this.#reserve(size);
    putPayload(this.#block, this.#end, type, id, bytes);
    this.#end += size;
  }

  flush() {
    this.#scheduled = false;
    if (this.#end === this.#start) return;
    const message = this.#block.subarray(this.#start, this.#end);
    this.#start = this.#end;
    this.send(message);
  }

  /** @param {number} size */
  #reserve(size) {
    if (!this.#scheduled) {
      this.#scheduled = true;
      process.nextTick(this.#flush);
    }
    if (this.#end + size <= this.#block.length) return;
    const pending = this.#end - this.#start;
    const grown = Buffer.allocUnsafeSlow(Math.max(blockSize, (pending + size) * 2));
    this.#block.copy(grown, 0, this.#start, this.#end);
    this.#block = grown;
    this.#start = 0;
    this.#end = pending;
  }
}

// Buffer's own `writeDoubleLE` is a call through a shared scratch array; DataView is compiled to a store.
function putRequest(block, at, type, id, a, b) {
  const view = viewOf(block);
  block[at] = type;
  view.setUint32(at + 1, id, true);
  view.setFloat64(at + 5, a, true);
  view.setFloat64(at + 13, b, true);
}

function putAdded(block, at, id, sum) {
  const view = viewOf(block);
  block[at] = kind.added;
  view.setUint32(at + 1, id, true);
  view.setFloat64(at + 5, sum, true);
}

function putPayload(block, at, type, id, bytes) {
  const view = viewOf(block);
  block[at] = type;
  view.setUint32(at + 1, id, true);
  view.setUint32(at + 5, bytes.length, true);
  block.set(bytes, at + headSize);
}

let lastBlock;
let lastView;
function viewOf(block) {
  if (block !== lastBlock) {
    lastBlock = block;
    lastView = new DataView(block.buffer, block.byteOffset, block.length);
  }
  return lastView;
}

/**
 * Takes the frames out of one message.
 *
 * @param {Buffer} message
 * @param {{ onNumbers(type: number, id: number, a: number, b: number): void, onPayload(type: number, id: number, bytes: Buffer): void }} to
 */
export function readFrames(message, to) {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  let at = 0;
  while (at < message.length) {
    const type = message[at];
    const id = view.getUint32(at + 1, true);
    if (type === kind.added) {
      to.onNumbers(type, id, view.getFloat64(at + 5, true), 0);
      at += addedSize;
    } else if (
      type === kind.echo ||
      type === kind.echoed ||
      type === kind.bytes ||
      type === kind.bytesBack ||
      type === kind.item ||
      type === kind.event
    ) {
      const end = at + headSize + view.getUint32(at + 5, true);
      to.onPayload(type, id, message.subarray(at + headSize, end));
      at = end;
    } else {
      to.onNumbers(type, id, view.getFloat64(at + 5, true), view.getFloat64(at + 13, true));
      at += requestSize;
    }
  }
}
