/** Uploads that are cut and go on: one run of the method, every byte once, one answer. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineService, getCallContext } from '../../src/index.js';
import { VirtualClock } from '../../src/testing/virtual-clock.js';
import { gate } from '../integration/nodes.js';
import { Raw } from '../transport/raw.js';
import { eventually } from './eventually.js';
import { type Served, serve } from './server.js';

/** What became of each upload, by its folder. */
const stored = new Map<string, string[]>();
const began = new Set<string>();
const read = new Set<string>();
const note = (folder: string, what: string) => stored.set(folder, [...(stored.get(folder) ?? []), what]);

const files = (held: Promise<unknown> = Promise.resolve()) =>
  defineService({
    name: 'files',
    methods: {
      store: async (folder: string, file: Blob) => {
        const { signal } = getCallContext();
        began.add(folder);
        signal.addEventListener('abort', () => note(folder, 'aborted'));
        let text = '';
        try {
          for await (const chunk of file.stream() as unknown as AsyncIterable<Uint8Array>) text += Buffer.from(chunk).toString();
          read.add(folder);
          await held;
          note(folder, text);
          return { folder, text };
        } catch (error) {
          note(folder, (error as { code: string }).code);
          throw error;
        }
      },
      ignore: (folder: string, _: Blob) => folder,
    },
  });

let served: Served;
beforeAll(async () => {
  served = await serve([files()], {}, { authenticate: (token) => token });
});
afterAll(() => served.close());

const content = 'The quick brown fox jumps over the lazy dog. 0123456789';
const name = (n: number | string) => `upload-${String(n).padStart(20, '0')}`;
const bodyOf = (folder: string) =>
  `${JSON.stringify({ v: [folder, null], parts: [{ at: 1, blob: { size: content.length, type: '' } }] })}\n${content}`;

function request(folder: string, more: string[] = [], body = bodyOf(folder)): Buffer {
  const lines = [
    ...['POST /netron/files/store HTTP/1.1', 'Host: a', 'Content-Type: application/netron+upload'],
    ...[`Netron-Upload: ${name(folder)}`, `Content-Length: ${Buffer.byteLength(body)}`, ...more],
  ];
  return Buffer.from([...lines, '', body].join('\r\n'));
}

/** Sends the beginning of a request and leaves; resolves when the connection is gone. */
const cut = (bytes: Buffer, at: number): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect(served.port, '127.0.0.1', () => {
      if (at === 0) socket.destroy();
      else socket.write(bytes.subarray(0, at), () => socket.destroy());
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });

const about = (folder: string, method = 'HEAD', headers: Record<string, string> = {}, at = served) =>
  at.ask(`/$upload/${name(folder)}`, { method, headers });

const goOn = (folder: string, offset: number, body: string, headers: Record<string, string> = {}, at = served) =>
  at.ask(`/$upload/${name(folder)}`, {
    method: 'PATCH',
    body,
    headers: { 'content-type': 'application/partial-upload', 'upload-offset': String(offset), ...headers },
  });

/** Goes on where the server is, or begins when it knows of nothing. */
async function finish(folder: string): Promise<unknown> {
  const state = await about(folder);
  const offset = Number(state.headers.get('upload-offset'));
  const answer =
    state.status === 404
      ? await served.ask('/files/store', {
          method: 'POST',
          body: bodyOf(folder),
          headers: { 'content-type': 'application/netron+upload', 'netron-upload': name(folder) },
        })
      : await goOn(folder, offset, bodyOf(folder).slice(offset));
  return answer.json();
}

describe('an interrupted upload', () => {
  it('resumes after a cut at any byte, and the method runs once', async () => {
    const { length } = request('000');
    for (let at = 0; at <= length; at++) {
      const folder = String(at).padStart(3, '0');
      await cut(request(folder), at);
      expect(await finish(folder)).toEqual({ folder, text: content });
      expect(stored.get(folder)).toEqual([content]);
    }
  });

  it('gets its response again after a cut at any byte of it', async () => {
    const whole = new Raw(served.port);
    await whole.write(request('whole', ['Connection: close']));
    await whole.closed;
    for (let at = 1; at <= whole.received.length; at++) {
      const folder = `reply-${at}`;
      const raw = new Raw(served.port);
      await raw.write(request(folder, ['Connection: close']));
      await raw.until((received) => received.length >= at);
      raw.socket.destroy();
      expect(await finish(folder)).toEqual({ folder, text: content });
      expect(stored.get(folder)).toEqual([content]);
    }
  });

  it('that is started again under its name gets 409 with its offset, but only for the same caller', async () => {
    await cut(request('twice'), request('twice').length - 20);
    await eventually(() => expect(began.has('twice')).toBe(true));
    const again = (token: string) =>
      served.ask('/files/store', {
        method: 'POST',
        body: bodyOf('twice'),
        headers: {
          'content-type': 'application/netron+upload',
          'netron-upload': name('twice'),
          ...(token && { authorization: token }),
        },
      });
    const [own, other] = [await again(''), await again('Bearer other')];
    expect([own.status, other.status]).toEqual([409, 409]);
    expect([own.headers.get('upload-offset'), other.headers.get('upload-offset')]).toEqual([
      String(Number((await about('twice')).headers.get('upload-offset'))),
      null,
    ]);
    expect(await own.json()).toMatchObject({ code: 'already_exists', outcome: 'not_run' });
    expect(await finish('twice')).toEqual({ folder: 'twice', text: content });
    expect(stored.get('twice')).toEqual([content]);
  });

  it('is taken over by the resuming connection before the server notices the loss', async () => {
    const raw = new Raw(served.port);
    await raw.write(request('switched').subarray(0, -20));
    await eventually(async () => expect((await about('other')).status).toBe(404));
    expect(await finish('switched')).toEqual({ folder: 'switched', text: content });
    await raw.closed;
    expect(raw.received.toString()).toContain('"aborted"');
    expect(stored.get('switched')).toEqual([content]);
  });

  it('waits for its client during the window, then its method is aborted', async () => {
    const clock = new VirtualClock();
    const timed = await serve([files()], { clock, resumeWindow: 60_000 });
    const raw = new Raw(timed.port);
    await raw.write(request('late').subarray(0, -20));
    await eventually(async () => expect((await about('late', 'HEAD', {}, timed)).status).toBe(204));
    raw.socket.destroy();
    await clock.advance(59_999);
    expect(stored.has('late')).toBe(false);
    expect((await about('late', 'HEAD', {}, timed)).status).toBe(204);
    await clock.advance(60_000);
    await eventually(() => expect(stored.get('late')).toEqual(['aborted', 'canceled']));
    expect((await about('late', 'HEAD', {}, timed)).status).toBe(404);
    await timed.close();
  });

  it('is aborted when nobody requests the response, also when its method has read everything', async () => {
    const clock = new VirtualClock();
    const held = gate();
    const timed = await serve([files(held.opened)], { clock });
    const raw = new Raw(timed.port);
    await raw.write(request('gone'));
    await eventually(() => expect(read.has('gone')).toBe(true));
    const state = await about('gone', 'HEAD', {}, timed);
    expect([state.status, state.headers.get('upload-complete')]).toEqual([204, '?1']);
    const timers = clock.size;
    raw.socket.destroy();
    await eventually(() => expect(clock.size).toBeGreaterThan(timers));
    await clock.advance(60_000);
    await eventually(() => expect(stored.get('gone')).toEqual(['aborted']));
    held.open();
    await timed.close();
  });
});

describe('upload in pieces', () => {
  it('accepts pieces in order, each with its offset, as in the IETF draft', async () => {
    const body = bodyOf('pieces');
    const created = await served.ask('/files/store', {
      method: 'POST',
      body: body.slice(0, 50),
      headers: { 'content-type': 'application/netron+upload', 'upload-complete': '?0', 'upload-length': String(body.length) },
    });
    expect([created.status, created.headers.get('upload-offset'), created.headers.get('upload-complete')]).toEqual([
      201,
      '50',
      '?0',
    ]);
    const location = created.headers.get('location') ?? '';
    expect(location).toMatch(/^\/netron\/\$upload\/[\da-f]{32}$/);
    const patch = (from: number, to: number, complete: string) =>
      fetch(served.url + location, {
        method: 'PATCH',
        body: body.slice(from, to),
        headers: { 'content-type': 'application/partial-upload', 'upload-offset': String(from), 'upload-complete': complete },
      });
    const second = await patch(50, 80, '?0');
    expect([second.status, second.headers.get('upload-offset')]).toEqual([204, '80']);
    expect(await (await patch(80, body.length, '?1')).json()).toEqual({ folder: 'pieces', text: content });
    expect(stored.get('pieces')).toEqual([content]);
  });

  it('refuses a piece at a wrong offset with 409 and the current offset', async () => {
    await cut(request('misplaced'), request('misplaced').length - 20);
    await eventually(async () => expect((await about('misplaced')).status).toBe(204));
    const offset = Number((await about('misplaced')).headers.get('upload-offset'));
    for (const wrong of [offset + 1, offset - 1, -1]) {
      const refused = await goOn('misplaced', wrong, 'x');
      expect([refused.status, refused.headers.get('upload-offset')]).toEqual([409, String(offset)]);
    }
    const plain = await goOn('misplaced', offset, 'x', { 'content-type': 'text/plain' });
    expect(plain.status).toBe(415);
    expect(await finish('misplaced')).toEqual({ folder: 'misplaced', text: content });
  });
});

describe('hostile upload clients', () => {
  it('can resume only their own uploads; names are validated and cannot be used twice', async () => {
    const post = (upload: string, headers: Record<string, string> = {}) =>
      served.ask('/files/ignore', {
        method: 'POST',
        body: bodyOf('x'),
        headers: { 'content-type': 'application/netron+upload', 'netron-upload': upload, ...headers },
      });
    for (const bad of ['short', 'x'.repeat(65), 'a name with blanks and more', '../../etc/passwd/and/more']) {
      expect((await post(bad)).status, bad).toBe(400);
    }
    await cut(request('ada', ['Authorization: Bearer ada']), request('ada', ['Authorization: Bearer ada']).length - 20);
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    await eventually(async () => expect((await about('ada', 'HEAD', as('ada'))).status).toBe(204));
    expect((await about('ada')).status).toBe(404);
    expect((await about('ada', 'HEAD', as('bob'))).status).toBe(404);
    expect((await about('ada', 'DELETE', as('bob'))).status).toBe(404);
    expect((await goOn('ada', 0, 'x', as('bob'))).status).toBe(404);
    expect((await post(name('ada'), as('ada'))).status).toBe(409);
    const other = await about('ada', 'POST', as('ada'));
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'HEAD, PATCH, DELETE']);
    expect((await about('ada', 'DELETE', as('ada'))).status).toBe(204);
    await eventually(() => expect(stored.get('ada')).toEqual(['aborted', 'canceled']));
    expect((await about('ada', 'HEAD', as('ada'))).status).toBe(404);
  });

  it('are refused beyond 100 uploads of one address; with a window of 0, no upload can be resumed', async () => {
    const small = await serve([files()], {});
    const open = Array.from({ length: 100 }, (_, n) => {
      const raw = new Raw(small.port);
      void raw.write(request(`many-${n}`).subarray(0, -20));
      return raw;
    });
    for (let n = 0; n < 100; n++) {
      await eventually(async () => expect((await about(`many-${n}`, 'HEAD', {}, small)).status).toBe(204));
    }
    const refused = new Raw(small.port);
    await refused.write(request('one-more', ['Connection: close']));
    await refused.closed;
    expect(refused.received.toString()).toMatch(/^HTTP\/1\.1 429 /);
    expect(refused.received.toString()).toContain('retry-after: 5');
    for (const raw of open) raw.socket.destroy();
    await small.close();
    const none = await serve([files()], { resumeWindow: 0 });
    const raw = new Raw(none.port);
    await raw.write(request('none').subarray(0, -20));
    raw.socket.destroy();
    await eventually(() => expect(stored.get('none')).toEqual(['aborted', 'canceled']));
    expect((await about('none', 'HEAD', {}, none)).status).toBe(404);
    await none.close();
  });
});

describe('a draining node', () => {
  it('aborts uploads whose clients are disconnected, and finishes running uploads', async () => {
    const stopping = await serve([files()], {});
    const away = new Raw(stopping.port);
    await away.write(request('away').subarray(0, -20));
    await eventually(async () => expect((await about('away', 'HEAD', {}, stopping)).status).toBe(204));
    const there = new Raw(stopping.port);
    await there.write(request('there', ['Connection: close']).subarray(0, -20));
    await eventually(() => expect(began.has('there')).toBe(true));
    const lost = new Raw(stopping.port);
    await lost.write(request('lost').subarray(0, -20));
    await eventually(() => expect(began.has('lost')).toBe(true));
    const drained = stopping.node.drain();
    await eventually(() => expect(stored.get('away')).toEqual(['aborted', 'unavailable']));
    // A client that is lost meanwhile is not waited for.
    lost.socket.destroy();
    await eventually(() => expect(stored.get('lost')).toEqual(['aborted', 'unavailable']));
    await there.write(request('there', ['Connection: close']).subarray(-20));
    await there.closed;
    expect(there.received.toString()).toContain(content);
    expect(stored.get('there')).toEqual([content]);
    await drained;
    await stopping.close();
  });
});
