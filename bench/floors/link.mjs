/**
 * What a floor needs of a socket. `onMessage` gets whole messages, `onStray` the bytes between an `expect(size)` and their end.
 *
 * @typedef {object} Link
 * @property {(message: Buffer) => void} send
 * @property {(chunk: Buffer) => Promise<void> | undefined} sendStray outside of messages; a promise when the socket is full
 * @property {(size: number) => void} expect the next `size` bytes are not messages
 * @property {() => number} buffered
 * @property {() => void} pause
 * @property {() => void} resume
 * @property {() => Promise<void>} close
 * @property {(message: Buffer) => void} onMessage
 * @property {(bytes: Buffer) => void} onStray
 * @property {() => void} onClose
 */

/** Bytes that may wait in a socket before a producer holds back. */
export const fullAt = 1024 * 1024;

/** @param {import('ws').WebSocket} socket @returns {Link} */
export function wsLink(socket) {
  let expected = 0;
  /** @type {Link} */
  const link = {
    send: (message) => socket.send(message),
    sendStray: (chunk) => {
      if (socket.bufferedAmount < fullAt) return void socket.send(chunk);
      return new Promise((resolve) => socket.send(chunk, () => resolve()));
    },
    expect: (size) => {
      expected += size;
    },
    buffered: () => socket.bufferedAmount,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () =>
      new Promise((resolve) => {
        if (socket.readyState === socket.CLOSED) return resolve();
        socket.once('close', () => resolve());
        dropStray();
        socket.close();
      }),
    onMessage: () => {},
    onStray: () => {},
    onClose: () => {},
  };
  /** Who closes in the middle of a download reads to its end, for that is where the answer to the closing is. */
  const dropStray = () => {
    link.onStray = () => {};
    link.resume();
  };
  socket.on('message', (data) => {
    const message = /** @type {Buffer} */ (data);
    if (expected === 0) return link.onMessage(message);
    expected -= message.length;
    link.onStray(message);
  });
  socket.on('error', () => {});
  socket.on('close', () => link.onClose());
  return link;
}

/** Messages behind a length of four bytes. @param {import('node:net').Socket} socket @returns {Link} */
export function tcpLink(socket) {
  let expected = 0;
  let rest = /** @type {Buffer | undefined} */ (undefined);
  socket.setNoDelay(true);
  /** @type {Link} */
  const link = {
    send: (message) => {
      const head = Buffer.allocUnsafe(4);
      head.writeUInt32LE(message.length, 0);
      if (message.length > 16_384) {
        socket.cork();
        socket.write(head);
        socket.write(message);
        socket.uncork();
      } else {
        socket.write(Buffer.concat([head, message], message.length + 4));
      }
    },
    sendStray: (chunk) => {
      socket.write(chunk);
      if (socket.writableLength < fullAt) return undefined;
      return new Promise((resolve) => {
        const done = () => {
          socket.off('drain', done).off('close', done);
          resolve();
        };
        socket.on('drain', done).on('close', done);
      });
    },
    expect: (size) => {
      expected += size;
    },
    buffered: () => socket.writableLength,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve();
        socket.once('close', () => resolve());
        socket.destroy();
      }),
    onMessage: () => {},
    onStray: () => {},
    onClose: () => {},
  };
  socket.on('data', (data) => {
    let chunk = rest === undefined ? data : Buffer.concat([rest, data]);
    rest = undefined;
    while (chunk.length > 0) {
      if (expected > 0) {
        const stray = chunk.length > expected ? chunk.subarray(0, expected) : chunk;
        expected -= stray.length;
        chunk = chunk.subarray(stray.length);
        link.onStray(stray);
        continue;
      }
      const size = chunk.length < 4 ? Number.POSITIVE_INFINITY : chunk.readUInt32LE(0);
      if (chunk.length < size + 4) {
        rest = chunk;
        return;
      }
      const message = chunk.subarray(4, size + 4);
      chunk = chunk.subarray(size + 4);
      link.onMessage(message);
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => link.onClose());
  return link;
}
