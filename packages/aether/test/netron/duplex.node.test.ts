import { defineService, Idempotent, Netron, withAnnotations } from '@omnitron-dev/netron';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signal } from '../../src/index.js';
import { Outbox } from '../../src/netron/hooks/outbox.js';
import { NetronService, type UploadProgress, useDuplex, useMutation } from '../../src/netron/index.js';
import { emptied, page, setup, until } from './page.js';

interface IRooms {
  join(room: string, said: AsyncIterable<string>): AsyncIterable<string>;
  total(numbers: AsyncIterable<number>): AsyncIterable<number>;
  store(name: string, file: Blob): Promise<number>;
}

/** Rooms that somebody is in. */
const joined = new Set<string>();
const rooms = defineService({
  name: 'rooms@1.0.0',
  methods: {
    async *join(room: string, said: AsyncIterable<string>) {
      joined.add(room);
      try {
        yield `welcome to ${room}`;
        for await (const text of said) {
          if (text === 'throw') throw new Error('not that');
          yield `${room}: ${text}`;
        }
        yield 'bye';
      } finally {
        joined.delete(room);
      }
    },
    async *total(numbers: AsyncIterable<number>) {
      let sum = 0;
      for await (const number of numbers) yield (sum += number);
    },
    store: withAnnotations(async (_name: string, file: Blob) => {
      let received = 0;
      for await (const chunk of file.stream() as unknown as AsyncIterable<Uint8Array>) received += chunk.length;
      return received;
    }, Idempotent()),
  },
});

let node: Netron;
beforeAll(async () => {
  node = await Netron.create({ http: true, listenPort: 0, logLevel: 'silent' });
  await node.peer.exposeService(rooms);
});
afterAll(() => node.stop());

class RoomsService extends NetronService<IRooms> {}

/** Uses what a hook gives in a page, which ends then. */
async function inPage<T>(hook: () => T, use: (state: T) => Promise<void>): Promise<void> {
  const container = page(`http://127.0.0.1:${node.listenPort}`);
  const { result, dispose } = setup(container, hook);
  try {
    await use(result);
  } finally {
    dispose();
    await container.dispose();
  }
}

describe('useDuplex', () => {
  it('sends and receives; items sent before the stream is open wait', async () => {
    await inPage(
      () => useDuplex(RoomsService, 'join', ['attic']),
      async ({ items, status, send, finish }) => {
        expect(status()).toBe('connecting');
        const sent = [send('one'), send('two')];
        await Promise.all(sent);
        await until(items, ({ length }) => length === 3);
        expect(items()).toEqual(['welcome to attic', 'attic: one', 'attic: two']);
        finish();
        await until(status, (reached) => reached === 'ended');
        expect(items().at(-1)).toBe('bye');
        await expect(send('late')).rejects.toMatchObject({ code: 'failed_precondition' });
      },
    );
  });

  it('ends with its component and with new arguments, including the method on the server', async () => {
    const room = signal<string | undefined>(undefined);
    await inPage(
      () => useDuplex(RoomsService, 'join', () => room() !== undefined && [room() as string]),
      async ({ data, status, send, close, restart }) => {
        expect(status()).toBe('idle');
        await expect(send('nobody hears')).rejects.toMatchObject({ code: 'failed_precondition' });
        room.set('hall');
        await until(data, Boolean);
        expect([...joined]).toEqual(['hall']);
        room.set('yard');
        await until(data, (text) => text === 'welcome to yard');
        while (joined.has('hall')) await new Promise((resolve) => setImmediate(resolve));
        close();
        expect(status()).toBe('ended');
        await emptied(joined);
        restart();
        await until(data, Boolean);
        await send('again');
        await until(data, (text) => text === 'yard: again');
      },
    );
    await emptied(joined);
  });

  it('fails with the error of the server, and can be restarted', async () => {
    await inPage(
      () => useDuplex(RoomsService, 'join', ['cellar']),
      async ({ data, error, status, send, restart }) => {
        await send('throw');
        await until(status, (reached) => reached === 'failed');
        expect(error()?.message).toContain('not that');
        restart();
        await until(data, Boolean);
        expect(error()).toBeUndefined();
      },
    );
    await emptied(joined);
  });

  it('needs no arguments when the stream is the only one', async () => {
    await inPage(
      () => useDuplex(RoomsService, 'total'),
      async ({ data, send }) => {
        for (const number of [1, 2, 3]) await send(number);
        expect(await until(data, (sum) => sum === 6)).toBe(6);
      },
    );
  });
});

describe('unsent items', () => {
  it('are limited, and discarded when the stream ends', async () => {
    const box = new Outbox<number>(2);
    const sent = [box.send(1), box.send(2)];
    await expect(box.send(3)).rejects.toMatchObject({ code: 'resource_exhausted' });
    expect(await box.next()).toEqual({ done: false, value: 1 });
    await sent[0];
    await box.return();
    await expect(sent[1]).rejects.toMatchObject({ code: 'canceled' });
    expect(await box.next()).toEqual({ done: true, value: undefined });
  });

  it('release a waiting reader', async () => {
    const box = new Outbox<number>(2);
    const next = box.next();
    box.finish();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});

describe('progress of a mutation', () => {
  it('counts the sent bytes of files', async () => {
    const heard: UploadProgress[] = [];
    const file = new Blob([new Uint8Array(2_000_000)]);
    await inPage(
      () => useMutation(RoomsService, 'store', { progress: (sent) => heard.push(sent) }),
      async ({ mutate, progress, reset }) => {
        expect(progress()).toBeUndefined();
        expect(await mutate('a', file)).toBe(2_000_000);
        expect(progress()).toEqual({ sent: 2_000_000, total: 2_000_000 });
        expect(heard.at(-1)).toEqual(progress());
        const second = mutate('b', file);
        expect(progress()).toBeUndefined();
        await second;
        reset();
        expect(progress()).toBeUndefined();
      },
    );
  });

  it('counts nothing when it is not read', async () => {
    await inPage(
      () => useMutation(RoomsService, 'store'),
      async (state) => {
        await state.mutate('a', new Blob(['one']));
        expect(state.progress()).toBeUndefined();
        await state.mutate('a', new Blob(['one']));
        expect(state.progress()).toEqual({ sent: 3, total: 3 });
      },
    );
  });
});
