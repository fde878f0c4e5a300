/** What the Node server of the browser tests offers. The page uses the types, and the class of the error. */
import { createHash } from 'node:crypto';
import {
  Cache,
  defineService,
  events,
  getCallContext,
  Invalidates,
  keep,
  Netron,
  Public,
  type RemoteBlob,
  type RemotePeer,
  Service,
  ServiceBase,
  withAnnotations,
} from '../../src/index.js';
import { OutOfStock } from './out-of-stock.js';

const calculator = defineService({
  name: 'calculator@1.2.0',
  methods: {
    add: (a: number, b: number) => a + b,
    fail: () => {
      throw new RangeError('out of range');
    },
    buy: (item: string, wanted: number) => {
      if (wanted > 3) throw new OutOfStock(item, 3);
      return wanted;
    },
    same: (value: unknown) => value,
    /** What the value is here, and the value. */
    named: (value: object) => [Object.prototype.toString.call(value), value],
  },
});

/** Notes that everybody sees, and everybody writes. */
function board() {
  const notes: string[] = [];
  return defineService({
    name: 'board@1.0.0',
    methods: {
      list: withAnnotations(() => notes, Cache({ ttl: 3_600, tags: ['notes'] })),
      write: withAnnotations((text: string) => void notes.push(text), Invalidates(['notes'])),
    },
  });
}

/** A finished stream's producer says so in `log`. */
function streams(log: string[]) {
  return defineService({
    name: 'streams@1.0.0',
    methods: {
      async *count(to: number) {
        try {
          for (let number = 1; number <= to; number += 1) yield number;
        } finally {
          log.push('left');
        }
      },
      async *failing() {
        yield 'before';
        throw new OutOfStock('numbers', 1);
      },
      bytes: (chunks: number, size: number) => {
        let sent = 0;
        return new ReadableStream<Uint8Array>({
          pull(controller) {
            if (sent === chunks) controller.close();
            else controller.enqueue(new Uint8Array(size).fill(sent++));
          },
        });
      },
      async sum(numbers: AsyncIterable<number>) {
        let sum = 0;
        for await (const number of numbers) sum += number;
        return sum;
      },
      async first(numbers: AsyncIterable<number>) {
        for await (const number of numbers) return number;
        return 0;
      },
      log: () => log,
    },
  });
}

const files = defineService({
  name: 'files@1.0.0',
  methods: {
    async upload(file: Blob, progress: (received: number) => void) {
      const { size, type, name } = file as unknown as RemoteBlob;
      const hash = createHash('sha256');
      let received = 0;
      for await (const chunk of file.stream() as unknown as AsyncIterable<Uint8Array>) {
        hash.update(chunk);
        received += chunk.length;
        await progress(received);
      }
      return { size, type, name, received, sha256: hash.digest('hex') };
    },
    async measure(file: Blob) {
      const { size, type, name } = file as unknown as RemoteBlob;
      let received = 0;
      for await (const chunk of file.stream() as unknown as AsyncIterable<Uint8Array>) received += chunk.length;
      return { size, type, name, received };
    },
    download: (size: number) => new Blob([new Uint8Array(size).fill(7)], { type: 'application/x-sevens' }),
  },
});

@Service('profile@1.0.0')
class Profile {
  readonly #user: string;
  constructor(user: string) {
    this.#user = user;
  }
  @Public() avatar(): { of: string } {
    return { of: this.#user };
  }
}

@Service('session@1.0.0')
class Session {
  readonly #user: string;
  constructor(user: string) {
    this.#user = user;
  }
  @Public() profile(): Profile {
    return new Profile(this.#user);
  }
}

@Service('accounts@1.0.0')
export class Accounts extends ServiceBase<{ 'signed:in': string }> {
  @Public() auth(user: string): Session {
    this.emit('signed:in', user);
    return new Session(user);
  }
}

/** The page that calls, as a peer. */
function caller(): RemotePeer {
  return getCallContext()?.peer as RemotePeer;
}

/** What the page exposes, and the server calls. */
export interface Page {
  title(): string;
  double(numbers: AsyncIterable<number>): AsyncIterable<number>;
}

function connection(netron: () => Netron) {
  const kept: ((text: string) => Promise<unknown>)[] = [];
  return defineService({
    name: 'connection@1.0.0',
    events: events<{ noted: string }>(),
    methods: {
      /** The socket breaks as soon as the answer is out. */
      drop() {
        // Declarations leave out what only the peer itself calls.
        const { link } = caller() as unknown as { link?: { terminate(error: Error): void } };
        setImmediate(() => link?.terminate(new Error('the test wants it')));
      },
      async callPage() {
        const page = await caller().queryInterface<Page>('page');
        const doubled: number[] = [];
        async function* numbers() {
          yield* [1, 2, 3];
        }
        for await (const number of page.double(numbers())) doubled.push(number);
        return { title: await page.title(), doubled };
      },
      remember(callback: (text: string) => Promise<unknown>) {
        kept.push(keep(callback));
      },
      remind: (text: string) => Promise.all(kept.splice(0).map((callback) => callback(text))),
      publish(event: string, data: unknown) {
        netron().publish(event, data);
      },
    },
  });
}

export type Calculator = typeof calculator;
export type Streams = ReturnType<typeof streams>;
export type Files = typeof files;
export type Line = ReturnType<typeof connection>;

/** A node that pages of the given origins may connect to. */
export async function start(origins: readonly string[] | undefined): Promise<Netron> {
  const netron: Netron = await Netron.create({
    id: 'server',
    stopTimeout: 0,
    transports: { websocket: { port: 0, ...(origins !== undefined && { origins }) } },
    http: origins === undefined ? true : { cors: { origins } },
    errors: [OutOfStock],
    remoteEvents: ['news:*'],
    allowServiceEvents: true,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  for (const service of [calculator, board(), streams([]), files, new Accounts(), connection(() => netron)]) {
    await netron.peer.exposeService(service);
  }
  return netron;
}

/** Starts the servers that pages ask for. Pages of any origin reach this one. */
export function gate(started: Netron[]) {
  return defineService({
    name: 'gate@1.0.0',
    methods: {
      /** @returns the address of a new server */
      async open(origins?: readonly string[]) {
        const server = await start(origins);
        started.push(server);
        return server.addresses[0] as string;
      },
    },
  });
}

export type Gate = ReturnType<typeof gate>;
