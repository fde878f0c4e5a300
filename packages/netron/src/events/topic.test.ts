import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers as coversPattern, eventSegments, patternSegments } from './topic.js';
import { TopicIndex } from './topic-index.js';

/** Returns whether a pattern covers an event, as a simple model. */
function covers(pattern: readonly string[], event: readonly string[]): boolean {
  const [first, ...pattern2] = pattern;
  const [segment, ...event2] = event;
  if (first === undefined) return segment === undefined;
  if (segment === undefined) return false;
  if (first === '**') return true;
  return (first === '*' || first === segment) && covers(pattern2, event2);
}

function matched(pattern: string, event: string): boolean {
  const index = new TopicIndex<string>();
  index.add(pattern, pattern);
  return index.match(event).length === 1;
}

describe('patterns', () => {
  it('EV-02, E68: * stands for one segment, ** at the end for one or more', () => {
    const yes = [
      'order:* order:created',
      'a:*:c a:b:c',
      '* a',
      '** a',
      '** a:b:c',
      'a:** a:b',
      'a:** a:b:c',
      'a a',
      '*:** a:b',
      'order:* order:',
    ];
    const no = [
      'order:* order',
      'order:* order:item:added',
      'order:* orders:x',
      '* a:b',
      'a:** a',
      'a:*:c a:c',
      'a ab',
      '*:** a',
      'user.created user:created',
    ];
    for (const pair of yes) expect([pair, matched(...(pair.split(' ') as [string, string]))]).toEqual([pair, true]);
    for (const pair of no) expect([pair, matched(...(pair.split(' ') as [string, string]))]).toEqual([pair, false]);
  });

  it('matches exactly what the model matches, for any pattern and event', () => {
    const segment = fc.constantFrom('a', 'b', 'c', '', 'constructor', '__proto__', '.', '[a-z]+');
    const pattern = fc
      .tuple(fc.array(fc.oneof(segment, fc.constant('*')), { maxLength: 5 }), fc.boolean())
      .map(([segments, rest]) => (rest ? [...segments, '**'] : segments).join(':'))
      .filter((text) => text !== '');
    const event = fc
      .array(segment, { minLength: 1, maxLength: 6 })
      .map((segments) => segments.join(':'))
      .filter((text) => text !== '');
    fc.assert(
      fc.property(
        fc.uniqueArray(pattern, { maxLength: 30 }),
        fc.array(event, { maxLength: 10 }),
        fc.nat(30),
        (patterns, events, gone) => {
          const index = new TopicIndex<string>();
          for (const text of patterns) index.add(text, text);
          const left = patterns.filter((text, i) => {
            if (i >= gone) return true;
            index.delete(text, text);
            return false;
          });
          for (const name of events) {
            const expected = left.filter((text) => covers(text.split(':'), name.split(':')));
            expect(index.match(name).sort()).toEqual(expected.sort());
          }
        },
      ),
      { numRuns: 500, seed: 11 },
    );
  });

  it('several handlers of one pattern are removed one by one', () => {
    const index = new TopicIndex<number>();
    for (const n of [1, 2]) for (const pattern of ['a', '*', '**']) index.add(pattern, n);
    index.delete('a', 1);
    index.delete('*', 2);
    index.delete('nosuch', 2);
    index.delete('no:*:such', 2);
    expect(index.match('a').sort()).toEqual([1, 1, 2, 2]);
  });

  it('visits only the patterns that match the event, among 1,000', () => {
    const index = new TopicIndex<number>();
    for (let n = 0; n < 1000; n += 1) index.add(`user:${n}:*`, n);
    expect(index.match('user:500:saved')).toEqual([500]);
  });

  it('A4: patterns that branch at every segment are bounded and match each handler once', () => {
    const index = new TopicIndex<string>();
    const patterns = new Set(
      Array.from({ length: 1000 }, (_, n) =>
        n
          .toString(2)
          .padStart(16, '0')
          .replace(/./g, (bit) => (bit === '0' ? '*:' : 'a:'))
          .slice(0, -1),
      ),
    );
    for (const pattern of patterns) index.add(pattern, pattern);
    expect(new Set(index.match(Array.from({ length: 16 }, () => 'a').join(':')))).toEqual(patterns);
  });
});

describe('names', () => {
  it('have at most 256 characters and 16 segments', () => {
    expect(eventSegments('x'.repeat(256))).toHaveLength(1);
    expect(eventSegments(Array.from({ length: 16 }, () => 'a').join(':'))).toHaveLength(16);
    for (const split of [eventSegments, patternSegments]) {
      expect(() => split('x'.repeat(257))).toThrow(/257 characters exceeds the limit of 256/);
      expect(() => split('a:'.repeat(16))).toThrow(/17 segments exceeds the limit of 16/);
      for (const wrong of ['', undefined, null, 5, {}]) expect(() => split(wrong as string)).toThrow(TypeError);
    }
  });

  it('contain * in patterns only, as a whole segment', () => {
    expect(() => eventSegments('a:*')).toThrow(/only patterns/);
    for (const pattern of ['a*', 'user.*', '***', 'a:b*:c', '**:a', 'a:**:b'])
      expect(() => patternSegments(pattern)).toThrow(TypeError);
    expect(patternSegments('a:*:**')).toEqual(['a', '*', '**']);
  });
});

describe('covers', () => {
  it.each<[string, string, boolean]>([
    ['**', 'order:*', true],
    ['**', '**', true],
    ['**', 'order', true],
    ['order:**', 'order:*', true],
    ['order:**', 'order:*:paid', true],
    ['order:**', 'order', false],
    ['order:*', 'order:**', false],
    ['order:*', 'order:*', true],
    ['*:created', 'order:created', true],
    ['*:created', '*:created', true],
    ['*:created', '**', false],
    ['order:created', 'order:*', false],
    ['*', '*:*', false],
  ])('%s over %s: %s', (pattern, other, expected) => {
    expect(coversPattern(pattern, other)).toBe(expected);
  });
});
