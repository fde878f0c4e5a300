/**
 * The bare ends of each transport: what another implementation would write and read, made without any of ours but, for memory, its
 * connections. A frame is what passes in one piece: bytes in hex, or what the transport passes besides.
 */
import { EventEmitter, once } from 'node:events';
import { rmSync } from 'node:fs';
import { type AddressInfo, createServer, type ListenOptions, connect as netConnect, type Server, type Socket } from 'node:net';
import { MessageChannel, type MessagePort as Port } from 'node:worker_threads';
import { WebSocket, WebSocketServer } from 'ws';
import { MemoryTransport, type NetronOptions } from '../../src/index.js';
import { MessagePortTransport } from '../../src/transport/message-port.js';
import { IpcTransport } from '../../src/transport/node/ipc.js';
import type { ProcessChannel } from '../../src/transport/node/ipc-connection.js';
import type { Connection } from '../../src/transport/transport.js';
import { freshPath } from '../contract/temporary.js';
import { fromHex } from './notation.js';

/** Hex, in the notation of the vectors; of a port a number of bytes taken; code and reason of a close; of a process kind and payload. */
export type Frame = string | number | readonly [number | string, unknown];

/** One bare end. */
export interface Wire {
  send(frame: Frame): void;
  /** From here on `listener` gets what comes, also what has come before. */
  hear(listener: (frame: Frame) => void): void;
  /** Lets go of it. */
  close(): void;
}

/** A transport, as this suite uses it. */
export interface WireKind {
  /** The message in a frame; `undefined` for what carries none. */
  message(frame: Frame): Uint8Array | undefined;
  /** Options of a node that listens, and how a bare end comes to it; its address is `undefined` when `connect` is given a target. */
  server(): { options: NetronOptions; target?: object; connect(address: string): Promise<Wire>; close(): void };
  /** A bare end that waits for a node: options of the node, what to connect to, and the end once it has come. */
  client(): Promise<{ options: NetronOptions; target: string | object; wire: Promise<Wire>; close(): void }>;
}

const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/(?<=^(?:..)*)(..)\1{15,}/g, (run, byte: string) => `(${byte}){${run.length / 2}}`);
const bytesOf = (frame: Frame): Uint8Array | undefined => (typeof frame === 'string' ? fromHex(frame) : undefined);

/** Keeps frames until somebody listens. */
class Inbox {
  readonly #waiting: Frame[] = [];
  #listener: ((frame: Frame) => void) | undefined;

  readonly push = (frame: Frame): void => {
    if (this.#listener === undefined) this.#waiting.push(frame);
    else this.#listener(frame);
  };

  readonly hear = (listener: (frame: Frame) => void): void => {
    this.#listener = listener;
    for (const frame of this.#waiting.splice(0)) listener(frame);
  };
}

/** TCP and Unix sockets: a frame is its four bytes of length and what follows them. */
function overSocket(socket: Socket): Wire {
  const inbox = new Inbox();
  let bytes = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const length = bytes.length < 4 ? Infinity : 4 + (bytes.readUInt32BE(0) & 0x7fff_ffff);
      if (bytes.length < length) return;
      inbox.push(hexOf(bytes.subarray(0, length)));
      bytes = bytes.subarray(length);
    }
  });
  return { send: (frame) => socket.write(fromHex(frame as string)), hear: inbox.hear, close: () => socket.destroy() };
}

function sockets(where: () => { at: ListenOptions; options: NetronOptions; address: (server: Server) => string }): WireKind {
  return {
    message: (frame) => (Number.parseInt((frame as string).slice(0, 2), 16) > 127 ? undefined : bytesOf(frame)?.subarray(4)),
    server() {
      const { options } = where();
      return {
        options,
        async connect(address) {
          const url = new URL(address);
          const socket = url.port === '' ? netConnect(url.pathname) : netConnect(Number(url.port), '127.0.0.1');
          await once(socket, 'connect');
          return overSocket(socket);
        },
        close() {},
      };
    },
    async client() {
      const { at, address } = where();
      const server = createServer();
      const wire = once(server, 'connection').then(([socket]) => overSocket(socket as Socket));
      server.listen(at);
      await once(server, 'listening');
      const close = (): void => {
        server.close();
        if (at.path !== undefined) rmSync(at.path, { force: true });
      };
      return { options: {}, target: address(server), wire, close };
    },
  };
}

function overWebSocket(socket: WebSocket): Wire {
  const inbox = new Inbox();
  socket.on('error', () => {});
  socket.on('message', (data: Buffer) => inbox.push(hexOf(data)));
  socket.on('close', (code, reason) => inbox.push([code, String(reason)]));
  return {
    send: (frame) => {
      if (typeof frame === 'string') socket.send(fromHex(frame));
      else socket.close(Number((frame as readonly [number, string])[0]), String((frame as readonly [number, string])[1]));
    },
    hear: inbox.hear,
    close: () => socket.terminate(),
  };
}

const websocket: WireKind = {
  message: bytesOf,
  server: () => ({
    options: { listenPort: 0 },
    async connect(address) {
      const socket = new WebSocket(address, { perMessageDeflate: false });
      const wire = overWebSocket(socket);
      await once(socket, 'open');
      return wire;
    },
    close() {},
  }),
  async client() {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    const wire = once(server, 'connection').then(([socket]) => overWebSocket(socket as WebSocket));
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { options: {}, target: `ws://127.0.0.1:${port}`, wire, close: () => server.close() };
  },
};

function overConnection(connection: Connection): Wire {
  const inbox = new Inbox();
  connection.start({ message: (bytes) => inbox.push(hexOf(bytes)), drained() {}, closed: () => inbox.push([1000, '']) });
  return {
    send: (frame) => {
      if (typeof frame === 'string') connection.send(fromHex(frame));
      else connection.close();
    },
    hear: inbox.hear,
    close: () => connection.terminate(),
  };
}

const memory: WireKind = {
  message: bytesOf,
  server() {
    const transport = new MemoryTransport();
    return {
      options: { additionalTransports: [transport], transports: { memory: true } },
      connect: async (address) => overConnection(await transport.connect(address)),
      close() {},
    };
  },
  async client() {
    const transport = new MemoryTransport();
    const server = await transport.listen('bare');
    const wire = new Promise<Wire>((resolve) => server.accept((connection) => resolve(overConnection(connection))));
    return { options: { additionalTransports: [transport] }, target: server.address, wire, close: () => void server.close() };
  },
};

/** Ports carry bytes as they are, numbers of bytes taken, and code and reason of a close. */
function overPort(port: Port): Wire {
  const inbox = new Inbox();
  port.on('message', (data: Frame | Uint8Array) => inbox.push(data instanceof Uint8Array ? hexOf(data) : data));
  return {
    send: (frame) => port.postMessage(typeof frame === 'string' ? Uint8Array.from(fromHex(frame)) : frame),
    hear: inbox.hear,
    close: () => port.close(),
  };
}

const arrange = '@netron/port';

const messagePort: WireKind = {
  message: bytesOf,
  server() {
    const { port1, port2 } = new MessageChannel();
    return {
      options: { additionalTransports: [new MessagePortTransport()], transports: { 'message-port': { on: port1 } } },
      async connect() {
        const own = new MessageChannel();
        port2.postMessage({ [arrange]: own.port2 }, [own.port2]);
        const [accepted] = (await once(own.port1, 'message')) as [unknown];
        if (accepted !== 0) throw new Error('the port was not accepted');
        return overPort(own.port1);
      },
      close: () => port1.close(),
    };
  },
  async client() {
    const { port1, port2 } = new MessageChannel();
    const wire = new Promise<Wire>((resolve) => {
      port1.on('message', (data: Record<string, unknown>) => {
        if (data[arrange] === 'hello') port1.postMessage({ [arrange]: 'ready' });
        const port = data[arrange] as Port;
        if (typeof port.postMessage !== 'function') return;
        port.postMessage(0);
        resolve(overPort(port));
      });
    });
    const options = { additionalTransports: [new MessagePortTransport()] };
    return { options, target: port2, wire, close: () => port1.close() };
  },
};

const envelope = '@netron/ipc';

/** One end of the channel between two processes, as `serialization: 'json'` makes it. */
type ProcessEnd = ProcessChannel & Pick<EventEmitter, 'emit'>;

function processes(): [ProcessEnd, ProcessEnd] {
  const ends = [new EventEmitter(), new EventEmitter()] as const;
  const channel = (near: EventEmitter, far: EventEmitter) =>
    Object.assign(near, {
      connected: true,
      send(message: unknown, onSent: (error: Error | null) => void = () => {}): boolean {
        const sent = JSON.stringify(message);
        setImmediate(() => {
          far.emit('message', JSON.parse(sent));
          onSent(null);
        });
        return true;
      },
    }) as unknown as ProcessEnd;
  return [channel(ends[0], ends[1]), channel(ends[1], ends[0])];
}

/** Frames are kind and payload; the connection's number is the connecting end's choice and not kept. */
function overProcess(channel: ProcessEnd, number?: number): Wire {
  const inbox = new Inbox();
  let id = number;
  channel.on('message', (data: Record<string, [number, string, unknown]>) => {
    const [of, kind, payload] = data[envelope] as [number, string, unknown];
    if (kind === 'open') id ??= of;
    inbox.push([kind, payload]);
  });
  const general = ['hello', 'ready'];
  return {
    send: (frame) => {
      const [kind, payload] = frame as readonly [string, unknown];
      channel.send?.({ [envelope]: [general.includes(kind) ? 0 : id, kind, payload] }, () => {});
    },
    hear: inbox.hear,
    close: () => void channel.emit('disconnect'),
  };
}

const ipc: WireKind = {
  message: (frame) => {
    const [kind, payload] = frame as readonly [string, unknown];
    return kind === 'text' ? Buffer.from(payload as string, 'base64') : undefined;
  },
  server() {
    const [near, far] = processes();
    const wire = overProcess(near, 7);
    return {
      options: { additionalTransports: [new IpcTransport()], transports: { ipc: { on: far } } },
      connect: async () => wire,
      close: () => void far.emit('disconnect'),
    };
  },
  async client() {
    const [near, far] = processes();
    const options = { additionalTransports: [new IpcTransport()] };
    return { options, target: near, wire: Promise.resolve(overProcess(far)), close: () => void near.emit('disconnect') };
  },
};

const tcp = sockets(() => ({
  at: { port: 0, host: '127.0.0.1' },
  options: { transports: { tcp: { port: 0 } } },
  address: (server) => `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
}));
const unix = sockets(() => {
  const path = freshPath();
  return { at: { path }, options: { transports: { unix: { path } } }, address: () => `unix:${path}` };
});

/** Every transport of which conversations are recorded. */
export const wires = { websocket, tcp, unix, ipc, 'message-port': messagePort, memory } as const satisfies Record<
  string,
  WireKind
>;
export type WireName = keyof typeof wires;
