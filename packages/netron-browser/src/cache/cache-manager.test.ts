import { describe, expect, it, vi } from 'vitest';
import { TestClock } from '../../test/clock.js';
import { HttpCacheManager } from './cache-manager.js';

function setup(options = {}) {
  const clock = new TestClock();
  return { clock, cache: new HttpCacheManager({ clock, defaultMaxAge: 1_000, ...options }) };
}

describe('HttpCacheManager', () => {
  it('keeps values for their maxAge, otherwise for defaultMaxAge', async () => {
    const { clock, cache } = setup();
    cache.set('a', 1);
    cache.set('b', 2, { maxAge: 5_000 });
    await clock.advance(999);
    expect([cache.get('a'), cache.get('b')]).toEqual([1, 2]);
    await clock.advance(1);
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 2]);
  });

  it('behaviour 79: the least recently used leaves first', () => {
    const { cache } = setup({ maxEntries: 3 });
    for (const key of ['a', 'b', 'c']) cache.set(key, key);
    cache.get('a');
    cache.set('d', 'd');
    expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key))).toEqual(['a', undefined, 'c', 'd']);
    expect(cache.getStats().entries).toBe(3);
  });

  it('behaviour 79: maxSizeBytes is never exceeded, and a larger value evicts no others', () => {
    const { cache } = setup({ maxSizeBytes: 1_000 });
    for (let index = 0; index < 100; index++) {
      cache.set(`k${index}`, 'x'.repeat(index));
      expect(cache.getStats().sizeBytes).toBeLessThanOrEqual(1_000);
    }
    const { entries } = cache.getStats();
    expect(entries).toBeGreaterThan(1);
    cache.set('huge', 'x'.repeat(10_000));
    expect(cache.get('huge')).toBeUndefined();
    expect(cache.getStats().entries).toBe(entries);
  });

  it('counts hits and misses', () => {
    const { cache } = setup();
    expect(cache.getStats()).toEqual({ hitRate: 0, hits: 0, misses: 0, entries: 0, sizeBytes: 0 });
    cache.set('a', 1);
    for (const key of ['a', 'a', 'a', 'b']) cache.get(key);
    expect(cache.getStats()).toMatchObject({ hitRate: 0.75, hits: 3, misses: 1, entries: 1 });
  });

  it('behaviour 75: invalidates by tag, and tags leave with their entries', () => {
    const { cache } = setup({ maxEntries: 2 });
    cache.set('a', 1, { tags: ['x', 'y'] });
    cache.set('b', 2, { tags: ['y'] });
    expect(cache.invalidate(['x'])).toBe(1);
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 2]);
    cache.set('c', 3);
    cache.set('d', 4);
    expect(cache.invalidate('y')).toBe(0);
  });

  it('evicts entries unused for gcTime, and stops its timer', async () => {
    const { clock, cache } = setup({ gcTime: 10_000, defaultMaxAge: Number.POSITIVE_INFINITY });
    cache.set('a', 1);
    cache.set('b', 2, { gcTime: 60_000 });
    await clock.advance(8_000);
    cache.get('a');
    await clock.advance(8_000);
    expect(cache.getStats().entries).toBe(2);
    await clock.advance(8_000);
    expect(cache.getStats()).toMatchObject({ entries: 1 });
    await clock.advance(120_000);
    expect(cache.getStats()).toMatchObject({ entries: 0, sizeBytes: 0 });
    expect(clock.pending).toBe(0);
    cache.set('c', 3);
    cache.close();
    expect(clock.pending).toBe(0);
  });

  it('behaviour 36: writes nothing to the console unless told to', () => {
    const debug = vi.spyOn(console, 'debug').mockImplementation(() => {});
    const { cache } = setup();
    cache.set('a', 1);
    cache.get('a');
    expect(debug).not.toHaveBeenCalled();
    const { cache: talking } = setup({ debug: true });
    talking.get('a');
    expect(debug).toHaveBeenCalledWith('cache: miss a');
    debug.mockRestore();
  });

  it('discards everything on clear', () => {
    const { cache } = setup();
    cache.set('a', 1);
    cache.clear();
    expect(cache.get('a')).toBeUndefined();
    expect(cache.getStats()).toMatchObject({ entries: 0, sizeBytes: 0 });
  });

  it('refuses invalid options', () => {
    expect(() => new HttpCacheManager({ maxEntries: -1 })).toThrow(
      'HttpCacheManager: maxEntries must be a non-negative number, not -1',
    );
    expect(() => new HttpCacheManager({ gcTime: Number.NaN })).toThrow(
      'HttpCacheManager: gcTime must be a non-negative number, not NaN',
    );
  });

  it('PF-13: 1,000 reads of 50 keys by Zipf, fresh for 60 s, are answered from the cache in four of five cases', async () => {
    const { clock, cache } = setup({ defaultMaxAge: 60_000 });
    const weights = Array.from({ length: 50 }, (_, index) => 1 / (index + 1));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let state = 5;
    const random = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return state / 0x8000_0000;
    };
    for (let read = 0; read < 1_000; read++) {
      let point = random() * total;
      const key = String(
        weights.findIndex((weight) => {
          point -= weight;
          return point <= 0;
        }),
      );
      if (cache.get(key) === undefined) cache.set(key, read + 1);
      await clock.advance(200);
    }
    expect(cache.getStats().hitRate).toBeGreaterThanOrEqual(0.8);
  });
});
