import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../wire/limits.js';
import { valueFeatures } from '../../wire/value-features.js';
import { agree } from './agreement.js';
import type { Compression } from './compression.js';
import { announcedLimits, partsFeature } from './message-limits.js';

const deflate = { name: 'deflate' } as Compression;
const limits = announcedLimits({ message: 1_000, elements: 100 }, { ...defaultLimits, message: 9_000, elements: 900, calls: 7 });

const agreed = (local: string[], remote: string[], compression: Compression | null = deflate) =>
  agree({ features: local }, { features: remote, limits }, compression ?? undefined);

describe('what both ends agree on', () => {
  it.each([
    ['graphs', 'graphs'],
    ['parts', partsFeature],
  ] as const)('%s when both name them', (name, feature) => {
    expect(agreed([feature], [feature])[name]).toBe(true);
    expect([agreed([feature], [])[name], agreed([], [feature])[name]]).toEqual([false, false]);
  });

  it('compression when both name the same', () => {
    expect(agreed(['deflate'], ['deflate']).compression).toBe(deflate);
    expect(agreed(['deflate'], ['brotli']).compression).toBeUndefined();
    expect(agreed(['deflate'], ['deflate'], null).compression).toBeUndefined();
  });

  it('the limits of the other end; for long messages those that it has for parts', () => {
    expect(agreed([], []).limits).toMatchObject({ message: 1_000, elements: 100, calls: 7 });
    expect(agreed([partsFeature], [partsFeature]).limits).toMatchObject({ message: 9_000, elements: 900, calls: 7 });
  });

  it('values that the other end reads, with cycles when both name them', () => {
    expect(agreed([], ['values', 'graphs']).values).toBe(valueFeatures.values);
    expect(agreed(['graphs'], ['values', 'graphs']).values).toBe(valueFeatures.values | valueFeatures.graphs);
  });
});
