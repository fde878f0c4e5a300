import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, serve } from './server.js';
import { shop } from './services.js';

const ran: string[] = [];
let served: Served;

beforeAll(async () => {
  served = await serve([shop(ran)], { maxBatch: 10 });
});
afterAll(() => served.close());

const call = (id: number, method: string, ...args: unknown[]) => ({ id, service: 'shop/orders', method, args });
const parsed = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('batches', () => {
  it('return the answer to each call on its own line, with its metadata', async () => {
    const response = await served.post('/$batch', [
      call(1, 'price', 'apple'),
      call(2, 'buy', 'apple', 1),
      call(3, 'nothing'),
      call(4, 'odd'),
    ]);
    const lines = parsed(await response.text());
    expect(lines.pop()).toEqual({ end: true });
    expect(lines.sort((a, b) => a.id - b.id)).toEqual([
      {
        id: 1,
        tags: [expect.stringMatching(/^prices~/)],
        cursor: expect.stringMatching(/\.0$/),
        v: { item: 'apple', cents: 25, since: '1970-01-01T00:00:00.000Z' },
        t: [['d', 'since']],
      },
      { id: 2, invalidates: ['prices'], cursor: expect.stringMatching(/\.1$/), v: 2 },
      { id: 3, v: null, t: [['u']] },
      { id: 4, error: expect.objectContaining({ code: 'internal', status: 500, detail: 'result.user.avatar is a symbol' }) },
    ]);
  });

  it('accept the same idempotency keys as single calls', async () => {
    const keyed = (id: number, length: number) => ({ ...call(id, 'list'), key: 'k'.repeat(length) });
    const lines = parsed(await (await served.post('/$batch', [keyed(1, 256), keyed(2, 257)])).text());
    expect(lines.sort((a, b) => a.id - b.id)).toMatchObject([
      { id: 1, v: ['apple'] },
      { id: 2, error: { code: 'invalid_argument' } },
      {},
    ]);
  });

  it('return each answer when its call is done; one call can be canceled alone', async () => {
    const response = await served.post('/$batch', [call(1, 'hang'), call(2, 'list'), call(3, 'hang')], { 'netron-batch': 'b1' });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect(JSON.parse((await reader.read()).value ?? '')).toEqual({ id: 2, v: ['apple'] });
    expect((await served.post('/$cancel', ['b1', 1, 99])).status).toBe(204);
    expect(JSON.parse((await reader.read()).value ?? '')).toMatchObject({ id: 1, error: { code: 'canceled' } });
    expect(ran.filter((what) => what === 'aborted')).toHaveLength(1);
    await reader.cancel();
    while (ran.filter((what) => what === 'aborted').length < 2) await new Promise((resolve) => setImmediate(resolve));
  });

  it('a batch name belongs to its caller and has at most 64 characters', async () => {
    const guarded = await serve([shop(ran)], {}, { authenticate: (token) => token });
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    const named = (token: string, calls: object[]) => guarded.post('/$batch', calls, { ...as(token), 'netron-batch': 'same' });
    const before = ran.filter((what) => what === 'aborted').length;
    const ada = (await named('ada', [call(1, 'hang')])).body!.pipeThrough(new TextDecoderStream()).getReader();
    expect(await (await named('bob', [call(1, 'list')])).text()).toContain('"v":["apple"]');
    await guarded.post('/$cancel', ['same', 1], as('bob'));
    expect(ran.filter((what) => what === 'aborted').length).toBe(before);
    await guarded.post('/$cancel', ['same', 1], as('ada'));
    expect((await ada.read()).value).toContain('"canceled"');
    expect((await guarded.post('/$batch', [], { 'netron-batch': 'x'.repeat(65) })).status).toBe(400);
    expect((await guarded.post('/$cancel', ['x'.repeat(65), 1])).status).toBe(400);
    await guarded.close();
  });

  it('a malformed call fails alone; a batch with too many calls runs nothing', async () => {
    const before = ran.length;
    const mixed = await served.post('/$batch', [
      { id: 1 },
      { id: 2, service: 7, method: 'x' },
      call(3, 'unknown'),
      call(4, 'fail', 418),
      call(5, 'list'),
    ]);
    const lines = parsed(await mixed.text())
      .filter(({ id }) => id !== undefined)
      .sort((a, b) => a.id - b.id);
    expect(lines.map(({ error }) => error?.status)).toEqual([400, 400, 404, 418, undefined]);
    expect(lines[0].error.outcome).toBe('not_run');
    const many = await served.post(
      '/$batch',
      Array.from({ length: 11 }, (_, id) => call(id, 'price', 'apple')),
    );
    expect([many.status, await many.json()]).toMatchObject([413, { outcome: 'not_run' }]);
    for (const body of [[call(1, 'price', 'a'), call(1, 'price', 'b')], [7], [{}], [null]]) {
      expect((await served.post('/$batch', body)).status).toBe(400);
    }
    // A line of JSON could not say which they are.
    for (const id of ['NaN', 'Infinity', '-Infinity']) {
      const body = JSON.stringify({ v: [call(1, 'list'), { ...call(2, 'list'), id }], t: [['n', 1, 'id']] });
      const headers = { 'content-type': 'application/netron+json' };
      const answer = await served.ask('/$batch', { method: 'POST', headers, body });
      expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'invalid_argument', outcome: 'not_run' }]);
    }
    expect(ran.length).toBe(before);
    expect((await served.ask('/$batch')).status).toBe(405);
  });
});
