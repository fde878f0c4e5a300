import { readFileSync } from 'node:fs';
import 'temporal-polyfill/global';
import { describe, expect, it } from 'vitest';
import { ErrorRegistry } from '../../src/errors/error-registry.js';
import { memberPath, readAddress } from '../../src/http/address.js';
import { readProblem, writeProblem } from '../../src/http/problem.js';
import { readJson } from '../../src/http/read-json.js';
import { writeJson } from '../../src/http/write-json.js';
import { defineService, NetronError, NotFoundError, ValidationError } from '../../src/index.js';
import { fromNotation, toNotation } from '../vectors/notation.js';
import { serve } from './server.js';

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
  /** Requests one after the other, with what answers them. */
  readonly uploads: readonly {
    readonly description: string;
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly status: number;
    readonly answer?: Record<string, string>;
    readonly result?: unknown;
  }[];
}

const vectors = JSON.parse(readFileSync(new URL('../vectors/http.json', import.meta.url), 'utf8')) as HttpVectors;
const errors = new ErrorRegistry();
const classes: Record<string, (message: string) => Error> = {
  NotFoundError: (message) => new NotFoundError(message),
  ValidationError: (message) => new ValidationError(message, { details: { since: new Date(0) } }),
  NetronError: (message) => new NetronError('unavailable', message, { retryAfterMs: 1_500 }),
};

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
    for (const { description, method, path, headers, body, status, answer = {}, result } of vectors.uploads) {
      const response = await served.ask(path, { method, headers, ...(body !== undefined && { body }) });
      const text = await response.text();
      expect([description, response.status]).toEqual([description, status]);
      for (const [name, value] of Object.entries(answer))
        expect([description, name, response.headers.get(name)]).toEqual([description, name, value]);
      if (result !== undefined) expect([description, JSON.parse(text)]).toEqual([description, result]);
    }
    await served.close();
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
