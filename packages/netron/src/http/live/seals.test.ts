import { afterEach, describe, expect, it, vi } from 'vitest';
import { Seals } from './seals.js';

afterEach(() => vi.restoreAllMocks());

describe('seals of tags', () => {
  it('are made once, and open to their tag', async () => {
    const seals = new Seals(undefined);
    const [sealed] = await seals.seal(['users']);
    const sign = vi.spyOn(crypto.subtle, 'sign');
    expect(await seals.seal(['users'])).toEqual([sealed]);
    expect(await seals.open(sealed!)).toEqual({ tag: 'users' });
    expect(sign).not.toHaveBeenCalled();
  });

  it('are not cached for tags that were not issued, which evict no issued ones', async () => {
    const seals = new Seals(undefined);
    const [sealed] = await seals.seal(['users']);
    const seal = sealed!.slice(sealed!.indexOf('~'));
    const opened = await Promise.all(Array.from({ length: 10_001 }, (_, n) => seals.open(`made-up ${n}${seal}`)));
    expect(new Set(opened)).toEqual(new Set(['forged']));
    const sign = vi.spyOn(crypto.subtle, 'sign');
    await seals.seal(['users']);
    expect(sign).not.toHaveBeenCalled();
    await seals.open(`made-up 10000${seal}`);
    expect(sign).toHaveBeenCalledTimes(1);
  });

  it('are not made for long tags', async () => {
    const seals = new Seals(undefined);
    const [sealed] = await seals.seal(['users']);
    const sign = vi.spyOn(crypto.subtle, 'sign');
    const long = 'x'.repeat(513);
    expect(await seals.seal([long])).toEqual([long]);
    expect(await seals.open(long + sealed!.slice(sealed!.indexOf('~')))).toBe('forged');
    expect(sign).not.toHaveBeenCalled();
    const [longest] = await seals.seal(['x'.repeat(512)]);
    expect(await seals.open(longest!)).toEqual({ tag: 'x'.repeat(512) });
  });
});
