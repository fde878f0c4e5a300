import { describe, expect, it } from 'vitest';
import { SeededRandom } from './seeded-random.js';

const draw = (random: SeededRandom, count = 5): number[] => Array.from({ length: count }, random.number);

describe('SeededRandom', () => {
  it('gives equal numbers for equal seeds and others for other seeds', () => {
    expect(draw(new SeededRandom(7))).toEqual(draw(new SeededRandom('7')));
    expect(draw(new SeededRandom(7))).not.toEqual(draw(new SeededRandom(8)));
  });

  it('forks by name, independent of earlier numbers', () => {
    const used = new SeededRandom(7);
    draw(used, 100);
    expect(draw(used.fork('node'))).toEqual(draw(new SeededRandom(7).fork('node')));
    expect(draw(used.fork('node'))).not.toEqual(draw(used.fork('other')));
  });

  it('spreads numbers, bytes and choices over their ranges', () => {
    const random = new SeededRandom('spread');
    const numbers = draw(random, 10_000);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    expect(mean).toBeGreaterThan(0.48);
    expect(mean).toBeLessThan(0.52);
    expect(new Set(random.bytes(4_096)).size).toBe(256);
    expect(new Set(Array.from({ length: 100 }, () => random.integer(1, 3)))).toEqual(new Set([1, 2, 3]));
    expect(Array.from({ length: 1_000 }, () => random.chance(0.1)).filter(Boolean).length).toBeLessThan(200);
    expect(new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b'])))).toEqual(new Set(['a', 'b']));
    expect(() => random.pick([])).toThrow(RangeError);
  });
});
