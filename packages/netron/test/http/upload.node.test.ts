import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { httpHandler } from '../../src/http/index.js';
import {
  Contract,
  defineService,
  type Handler,
  inPlace,
  type MemberInfo,
  NetronError,
  type RemoteBlob,
  withAnnotations,
} from '../../src/index.js';
import { eventually } from './eventually.js';
import { type Served, serve } from './server.js';

const seen = { bytes: 0, most: 0, ended: [] as string[], failed: undefined as unknown, began: 0 };

/** Checks arguments by the contract, before the method. */
const validate = inPlace('validation', (next: Handler, member: MemberInfo) => {
  const schema = member.annotation(Contract)?.input;
  if (schema === undefined) return next;
  return async (call) => {
    const { issues } = await schema['~standard'].validate(call.args);
    if (issues) throw new NetronError('invalid_argument', issues[0]?.message ?? '');
    return next(call);
  };
});

const files = defineService({
  name: 'files@1.0.0',
  methods: {
    store: withAnnotations(
      async (folder: string, file: Blob) => {
        seen.began += 1;
        const { size, type, name } = file as unknown as RemoteBlob;
        let received = 0;
        try {
          for await (const chunk of file.stream() as unknown as AsyncIterable<Uint8Array>) received += chunk.length;
        } catch (error) {
          seen.failed = (error as { code: unknown }).code;
          throw error;
        } finally {
          seen.bytes += received;
          seen.ended.push(folder);
        }
        return { folder, size, type, name, received };
      },
      Contract({ input: z.tuple([z.string().max(20), z.unknown()]) }),
    ),
    copy: async (name: string, bytes: AsyncIterable<Uint8Array>) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of bytes) chunks.push(chunk);
      return [name, Buffer.concat(chunks).toString()];
    },
    both: async (one: Blob, two: Blob, backwards: boolean) =>
      backwards ? [await two.text(), await one.text()] : [await one.text(), await two.text()],
    together: async (one: Blob, two: Blob) => Promise.all([one.text(), two.text()]),
    ignore: (_: Blob) => 'not read',
    background: (bytes: AsyncIterable<Uint8Array>) => {
      void (async () => {
        for await (const _ of bytes) seen.began += 1;
        return 'the whole';
      })().then(
        (how) => (seen.failed = how),
        (error: NetronError) => (seen.failed = error.code),
      );
      return 'answered';
    },
    refuse: async (file: Blob) => {
      for await (const _ of file.stream() as unknown as AsyncIterable<Uint8Array>)
        throw new NetronError('invalid_argument', 'no');
    },
    photo: (name: string) => Object.assign(new Blob(['x']), { name }),
    download: (size: number, name = 'sieben 7.bin') =>
      new File([new Uint8Array(size).fill(7)], name, { type: 'application/x-sevens' }),
  },
});

let served: Served;
beforeAll(async () => {
  served = await serve([files], { maxUpload: 10_000_000 }, { middleware: { incoming: [validate] } });
});
afterAll(() => served.close());

const head = (args: unknown[], parts: object[]) => `${JSON.stringify({ v: args, parts })}\n`;
const upload = (method: string, body: BodyInit, headers: Record<string, string> = {}) =>
  served.ask(`/files/${method}`, { method: 'POST', body, headers: { 'content-type': 'application/netron+upload', ...headers } });
const blob = (at: number, size: number, more: object = {}) => ({ at, blob: { size, type: '', ...more } });

describe('uploads', () => {
  it('curl: the body is the last argument, the others are in the query', async () => {
    const reply = await served.ask('/files/store?args=["a"]', {
      method: 'POST',
      body: new Uint8Array(1_000),
      headers: { 'content-type': 'image/png' },
    });
    expect(await reply.json()).toEqual({ folder: 'a', size: 1_000, type: 'image/png', received: 1_000 });
  });

  it('arguments are in the first line, files with their properties follow', async () => {
    const text = head(['a', null], [blob(1, 5, { type: 'text/plain', name: 'x.txt' })]);
    const reply = await upload('store', `${text}hello`);
    expect(await reply.json()).toEqual({ folder: 'a', size: 5, type: 'text/plain', name: 'x.txt', received: 5 });
  });

  it('a stream without a length extends to the end of the body', async () => {
    const reply = await upload('copy', `${head(['a', null], [{ at: 1 }])}some\nlines\n`);
    expect(await reply.json()).toEqual(['a', 'some\nlines\n']);
  });

  it('several files can be read in order or together; reading out of order is an error', async () => {
    const body = `${head([null, null, false], [blob(0, 3), blob(1, 4)])}onetwo!`;
    expect(await (await upload('both', body)).json()).toEqual(['one', 'two!']);
    expect(await (await upload('together', body)).json()).toEqual(['one', 'two!']);
    const wrong = await upload('both', body.replace('false', 'true'));
    expect((await wrong.json()).code).toBe('failed_precondition');
    const empty = `${head([null, null, false], [blob(0, 0), blob(1, 4)])}two!`;
    expect(await (await upload('both', empty)).json()).toEqual(['', 'two!']);
  });

  it('the body is read at the pace of the method and never buffered as a whole', async () => {
    const size = 9_000_000;
    const reply = await upload('store', new Blob([head(['big', null], [blob(1, size)]), new Uint8Array(size)]));
    expect((await reply.json()).received).toBe(size);
  });

  it('arguments are checked before the body is read, and the client can read the response while it still sends', async () => {
    const began = seen.began;
    const reply = await upload(
      'store',
      new Blob([head(['a name that is too long', null], [blob(1, 8_000_000)]), new Uint8Array(8_000_000)]),
    );
    expect([reply.status, (await reply.json()).code]).toEqual([400, 'invalid_argument']);
    expect(seen.began).toBe(began);
  });

  it('the client gets a response when the method does not read the body or fails while reading', async () => {
    const body = () => new Blob([head([null], [blob(0, 5_000_000)]), new Uint8Array(5_000_000)]);
    expect(await (await upload('ignore', body())).json()).toBe('not read');
    expect((await upload('refuse', body())).status).toBe(400);
  });

  it('a stream without a length that is still read after the response fails instead of ending early', async () => {
    seen.failed = undefined;
    const socket = connect(served.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write(
      `POST /netron/files/background HTTP/1.1\r\nHost: a\r\nContent-Type: application/netron+upload\r\nContent-Length: 1000\r\n\r\n${head([null], [{ at: 0 }])}some`,
    );
    await eventually(() => expect(answer).toContain('answered'));
    await eventually(() => expect(seen.failed).toBe('canceled'));
    socket.destroy();
  });

  it('the method is aborted when its client disconnects while sending', async () => {
    const before = seen.ended.length;
    const { began } = seen;
    const socket = connect(served.port, '127.0.0.1');
    socket.write(
      `POST /netron/files/store HTTP/1.1\r\nHost: a\r\nContent-Type: application/netron+upload\r\nContent-Length: 5000000\r\n\r\n${head(['left', null], [blob(1, 4_000_000)])}some`,
    );
    await eventually(() => expect(seen.began).toBe(began + 1));
    seen.failed = undefined;
    socket.destroy();
    await eventually(() => expect(seen.ended.length).toBe(before + 1));
    expect([seen.ended.at(-1), seen.failed]).toEqual(['left', 'canceled']);
  });

  it('the method is aborted when the body of a fetch handler request fails', async () => {
    const before = seen.ended.length;
    const { began } = seen;
    let fail = (_: unknown) => {};
    const pieces = [new TextEncoder().encode(`${head(['gone', null], [blob(1, 10)])}some`)];
    const body = new ReadableStream<Uint8Array>({
      pull(stream) {
        const piece = pieces.pop();
        if (piece !== undefined) return stream.enqueue(piece);
        return new Promise((_, reject) => {
          fail = reject;
        });
      },
    });
    const init = { method: 'POST', headers: { 'content-type': 'application/netron+upload' }, body, duplex: 'half' };
    const request = new Request('http://a.example/netron/files/store', init as RequestInit);
    const answer = httpHandler(served.node, { resumeWindow: 0 }).fetch(request);
    await eventually(() => expect(seen.began).toBe(began + 1));
    seen.failed = undefined;
    fail(new TypeError('of the runtime'));
    await eventually(() => expect(seen.ended.length).toBe(before + 1));
    expect([seen.ended.at(-1), seen.failed]).toEqual(['gone', 'canceled']);
    expect((await answer).status).toBe(499);
  });

  it('a body that ends early or exceeds the limit fails the call', async () => {
    expect((await upload('store', `${head(['a', null], [blob(1, 10)])}short`)).status).toBe(499);
    expect((await upload('store', 'x', { 'content-length': '1' })).status).toBe(400);
    const announced = await upload('store', new Blob([new Uint8Array(10_000_001)]));
    expect([announced.status, (await announced.json()).outcome]).toEqual([413, 'not_run']);
    const pieces = [new Uint8Array(10_000_000), new TextEncoder().encode(head(['chunks', null], [{ at: 1 }]))];
    const unannounced = new ReadableStream<Uint8Array>({
      pull: (stream) => {
        const piece = pieces.pop();
        if (piece === undefined) stream.close();
        else stream.enqueue(piece);
      },
    });
    const init = { method: 'POST', headers: { 'content-type': 'application/netron+upload' }, body: unannounced, duplex: 'half' };
    const chunked = await served.ask('/files/copy', init as RequestInit);
    expect([chunked.status, (await chunked.json()).code]).toEqual([413, 'resource_exhausted']);
  });

  it('an invalid first line gets 400, and no method runs', async () => {
    const began = seen.began;
    const heads = [
      'no line',
      '\n',
      '{}\n',
      head(['a', null], []),
      head(['a', null], [blob(2, 1)]),
      head(['a', null], [blob(1, 1), blob(1, 1)]),
      head(['a', null], [blob(1, -1)]),
      head(['a', null], [blob(1, 1.5)]),
      head(['a', null], [{ at: 0 }, blob(1, 1)]),
      head(['a', null], [{ at: '1' }]),
      head(['a', null], [{ at: 1, blob: { size: 1, type: 7 } }]),
      head(
        ['a', null],
        Array.from({ length: 101 }, (_, at) => blob(at, 0)),
      ),
      '{"v":["a",null],"t":[["d",0]],"parts":[{"at":1}]}\n',
    ];
    for (const text of heads) expect((await upload('store', `${text}x`)).status, text).toBe(400);
    for (const type of ['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded']) {
      const reply = await served.ask('/files/store?args=["a"]', { method: 'POST', body: 'x', headers: { 'content-type': type } });
      expect(reply.status, type).toBe(415);
    }
    expect(seen.began).toBe(began);
  });

  it('a file returned by a method is sent as an attachment with type and name', async () => {
    const reply = await served.post('/files/download', [5]);
    expect([reply.headers.get('content-type'), reply.headers.get('content-length')]).toEqual(['application/x-sevens', '5']);
    expect(reply.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''sieben%207.bin");
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
    expect([...(await reply.bytes())]).toEqual([7, 7, 7, 7, 7]);
  });

  it.each([
    ["it's (7)*.bin", 'it%27s%20%287%29%2A.bin'],
    ['\ud800.bin', '%EF%BF%BD.bin'],
  ])('a file named %j is sent with the name %s', async (name, written) => {
    const reply = await served.ask('/files/download', {
      method: 'POST',
      body: JSON.stringify([1, name]),
      headers: { 'content-type': 'application/json' },
    });
    expect([reply.status, reply.headers.get('content-disposition')]).toEqual([200, `attachment; filename*=UTF-8''${written}`]);
  });

  it('unpaired surrogates in the name of a Blob that is no File do not fail the call', async () => {
    const reply = await served.ask('/files/photo', {
      method: 'POST',
      body: '["\\ud800.png"]',
      headers: { 'content-type': 'application/json' },
    });
    expect([reply.status, reply.headers.get('content-disposition')]).toEqual([200, "attachment; filename*=UTF-8''%EF%BF%BD.png"]);
  });
});
