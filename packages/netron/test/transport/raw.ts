import { connect, type Socket } from 'node:net';

/** What a stranger sees of a server: bytes out, bytes in, and the end. */
export class Raw {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  /** The other end has closed. */
  ended = false;
  /** Resolves when the other end has closed, by whatever means. */
  readonly closed: Promise<void>;

  /** @param at a port, or the path of a Unix socket */
  constructor(at: number | string) {
    this.socket = connect(typeof at === 'string' ? { path: at } : { port: at, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (chunk) => {
      if (this.received.length < 1024 * 1024) this.received = Buffer.concat([this.received, chunk]);
    });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      const end = () => {
        this.ended = true;
        resolve();
      };
      this.socket.on('end', end);
      this.socket.on('close', end);
    });
  }

  write(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** Resolves when `test` holds of what was received, or the other end has closed. */
  async until(test: (received: Buffer) => boolean): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      const check = () => {
        if (test(this.received)) resolve();
      };
      this.socket.on('data', check);
      check();
    });
    await Promise.race([heard, this.closed]);
  }
}

/** An upgrade request as browsers send it, with some lines replaced, left out (`''`) or added. */
export function upgradeRequest(changes: Record<string, string> = {}): string {
  const lines: Record<string, string> = {
    first: 'GET / HTTP/1.1',
    host: 'Host: 127.0.0.1',
    upgrade: 'Upgrade: websocket',
    connection: 'Connection: Upgrade',
    key: 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    version: 'Sec-WebSocket-Version: 13',
    ...changes,
  };
  return `${Object.values(lines)
    .filter((line) => line !== '')
    .join('\r\n')}\r\n\r\n`;
}

/** Opens a WebSocket by hand. */
export async function rawWebSocket(port: number): Promise<Raw> {
  const raw = new Raw(port);
  await raw.write(upgradeRequest());
  await raw.until((received) => received.includes('\r\n\r\n'));
  raw.received = Buffer.alloc(0);
  return raw;
}

/** One frame, masked unless said otherwise. */
export function webSocketFrame(
  first: number,
  payload: Uint8Array = new Uint8Array(0),
  { masked = true, length = payload.length }: { masked?: boolean; length?: number | bigint } = {},
): Buffer {
  const header: number[] = [first];
  const bit = masked ? 0x80 : 0;
  if (length < 126) header.push(bit | Number(length));
  else if (length < 65_536) header.push(bit | 126, Number(length) >> 8, Number(length) & 255);
  else {
    const long = Buffer.alloc(8);
    long.writeBigUInt64BE(BigInt(length));
    header.push(bit | 127, ...long);
  }
  if (!masked) return Buffer.concat([Buffer.from(header), payload]);
  const mask = [1, 2, 3, 4];
  const body = Buffer.from(payload).map((byte, i) => byte ^ (mask[i & 3] as number));
  return Buffer.concat([Buffer.from([...header, ...mask]), body]);
}

/** The code of the close frame a server has sent, the last thing it sends. */
export function closeCodeIn(received: Buffer): number | undefined {
  for (let at = 0; at + 2 <= received.length; ) {
    const opcode = (received[at] as number) & 15;
    const short = (received[at + 1] as number) & 127;
    const [size, header] = short < 126 ? [short, 2] : short === 126 ? [received.readUInt16BE(at + 2), 4] : [0, 10];
    if (opcode === 8) return size >= 2 && at + header + 2 <= received.length ? received.readUInt16BE(at + header) : undefined;
    at += header + size;
  }
  return undefined;
}
