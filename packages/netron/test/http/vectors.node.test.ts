import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import 'temporal-polyfill/global';
import { describe, expect, it } from 'vitest';
import { ErrorRegistry } from '../../src/errors/error-registry.js';
import { memberPath, readAddress } from '../../src/http/address.js';
import { readProblem, writeProblem } from '../../src/http/problem.js';
import { readJson } from '../../src/http/read-json.js';
import { writeJson } from '../../src/http/write-json.js';
import {
  Cache,
  defineService,
  Http,
  Idempotent,
  Invalidates,
  NetronError,
  NotFoundError,
  Safe,
  ValidationError,
  withAnnotations,
} from '../../src/index.js';
import { fromNotation, toNotation } from '../vectors/notation.js';
import { type Served, serve } from './server.js';

interface HttpVectors {
  readonly values: readonly {
    readonly description: string;
    readonly value: unknown;
    readonly rich: string;
    readonly natural: string;
  }[];
  readonly refused: readonly { readonly description: string; readonly rich: string }[];
  readonly addresses: readonly { readonly service: string; readonly member: string; readonly path: string }[];
  readonly problems: readonly {
    readonly error: string;
    readonly message: string;
    readonly status: number;
    readonly outcome?: 'not_run' | 'unknown';
    readonly body: object;
  }[];
  readonly uploads: readonly Exchange[];
  /** Calls to the service that `service` describes. */
  readonly exchanges: readonly Exchange[];
}

/** A request that follows the one before, and its answer: headers among others, and the body as JSON or as text. */
interface Exchange {
  readonly description: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly status: number;
  readonly answer?: Record<string, string>;
  readonly result?: unknown;
  readonly text?: string;
}

const vectors = JSON.parse(readFileSync(new URL('../vectors/http.json', import.meta.url), 'utf8')) as HttpVectors;
const errors = new ErrorRegistry();
const classes: Record<string, (message: string) => Error> = {
  NotFoundError: (message) => new NotFoundError(message),
  ValidationError: (message) => new ValidationError(message, { details: { since: new Date(0) } }),
  NetronError: (message) => new NetronError('unavailable', message, { retryAfterMs: 1_500 }),
};

const shop = defineService({
  name: 'shop@1.0.0',
  methods: {
    price: withAnnotations((item: string) => ({ item, cents: 25, since: new Date(0) }), Cache({ ttl: 60, tags: ['prices'] })),
    open: withAnnotations(() => 'today', Cache({ ttl: 10, shared: true })),
    when: withAnnotations((value: unknown) => (value instanceof Date ? 'Date' : typeof value), Safe()),
    setPrice: withAnnotations((_item: string, _cents: number) => undefined, Invalidates(['prices'])),
    remove: withAnnotations(
      (_item: string) => true,
      Idempotent(),
      Http({ method: 'DELETE', status: 202, headers: { 'x-robots-tag': 'none' } }),
    ),
    find: (id: string) => {
      throw new NotFoundError(`no user ${id}`, { details: { id } });
    },
    count: withAnnotations(async function* (to: number) {
      for (let n = 1; n <= to; n += 1) yield { at: new Date(n) };
    }, Safe()),
    file: () => new Blob(['hello'], { type: 'text/plain' }),
    size: async (file: Blob) => (await file.arrayBuffer()).byteLength,
  },
  properties: { currency: 'EUR' },
});

/** Sends the requests of vectors one after the other; `known` are values that differ from node to node. */
async function exchange(
  served: Served,
  exchanges: readonly Exchange[],
  known: { readonly fingerprint?: string } = {},
): Promise<void> {
  let etag = '';
  for (const { description, method, path, headers = {}, body, status, answer = {}, result, text } of exchanges) {
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value === '$etag' ? etag : value]));
    const response = await served.ask(path, { method, headers: sent, ...(body !== undefined && { body }) });
    etag = response.headers.get('etag') ?? '';
    const read = (await response.text()).replaceAll(known.fingerprint ?? '$fingerprint', '$fingerprint');
    expect([description, response.status]).toEqual([description, status]);
    for (const [name, value] of Object.entries(answer)) {
      const given = response.headers.get(name)?.replaceAll(known.fingerprint ?? '$fingerprint', '$fingerprint');
      expect([description, name, given]).toEqual([description, name, value]);
    }
    if (result !== undefined) expect([description, JSON.parse(read)]).toEqual([description, result]);
    if (text !== undefined) expect([description, read]).toEqual([description, text]);
  }
}

describe('test vectors of the HTTP protocol', () => {
  it.each(vectors.values)('value: $description', ({ value, rich, natural }) => {
    expect(writeJson(fromNotation(value), { rich: true, errors })).toBe(rich);
    expect(writeJson(fromNotation(value), { rich: false, errors })).toBe(natural);
    expect(toNotation(readJson(rich, { rich: true, errors }))).toEqual(value);
  });

  it.each(vectors.refused)('refused: $description', ({ rich }) => {
    expect(() => readJson(rich, { rich: true, errors })).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it.each(vectors.addresses)('address: $path', ({ service, member, path }) => {
    expect(memberPath(service, member)).toBe(path);
    expect(readAddress(path)).toEqual({ kind: 'call', service, method: member });
  });

  it('resumed uploads', async () => {
    const files = defineService({
      name: 'files',
      methods: { store: async (folder: string, file: Blob) => `${folder}: ${await file.text()}` },
    });
    const served = await serve([files]);
    await exchange(served, vectors.uploads);
    await served.close();
  });

  it('requests and answers', async () => {
    const served = await serve([shop], { events: { secret: 'vectors of the protocol' } });
    const { fingerprint } = await (await served.ask('/$services/shop')).json();
    expect(fingerprint).toMatch(/^\w+$/);
    await exchange(served, vectors.exchanges, { fingerprint });
    await served.close();
  });

  it('the seal of a tag is made as the document says', () => {
    const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
    const name = hmac('vectors of the protocol', 'netron tags: name').toString('base64url').slice(0, 6);
    const seal = hmac(hmac('vectors of the protocol', 'netron tags: key'), 'prices').toString('base64url').slice(0, 16);
    expect(vectors.exchanges[0]?.answer?.['netron-tags']).toBe(`prices~${name}.${seal}`);
  });

  it.each(vectors.problems)('problem: $error $outcome', ({ error, message, status, outcome, body }) => {
    const written = writeProblem(classes[error]!(message), { errors, outcome });
    expect([written.status, JSON.parse(written.body)]).toEqual([status, body]);
    const made = classes[error]!(message) as NetronError;
    const { error: read, outcome: told } = readProblem(written.body, status, errors);
    expect(told).toBe(outcome);
    expect(read).toBeInstanceOf(made.constructor);
    expect(read).toMatchObject({ message, code: made.code, details: made.details, retryAfterMs: made.retryAfterMs });
  });
});
