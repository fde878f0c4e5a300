import { expect, it } from 'vitest';
import { safe } from './safe.js';

it('safe resolves to the value or the error and never rejects', async () => {
  expect(await safe(Promise.resolve(5))).toEqual({ ok: true, value: 5 });
  expect(await safe(5)).toEqual({ ok: true, value: 5 });
  const error = new Error('no');
  expect(await safe(Promise.reject(error))).toEqual({ ok: false, error });
});
