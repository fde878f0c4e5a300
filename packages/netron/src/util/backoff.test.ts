import { describe, expect, it } from 'vitest';
import { backoff } from './backoff.js';

const constant = (value: number) => () => value;

/** Mulberry32: the same numbers in each run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns the times at which a client that lost its server at 0 retries, within a minute. */
function attempts(random: () => number): number[] {
  const times: number[] = [];
  for (let at = 0, attempt = 0; at < 60_000; attempt += 1) {
    at += backoff(attempt, { random });
    times.push(at);
  }
  return times;
}

it('C7: the first delay is between 0 and its bound, later ones in the middle third of their bound, which doubles up to 30 s', () => {
  const least = Array.from({ length: 8 }, (_, attempt) => backoff(attempt, { random: constant(0) }));
  const most = Array.from({ length: 8 }, (_, attempt) => backoff(attempt, { random: constant(1) }));
  const mean = Array.from({ length: 8 }, (_, attempt) => backoff(attempt, { random: constant(0.5) }));
  const rounded = (list: number[]) => list.map((ms) => Math.round(ms));
  expect(rounded(least)).toEqual([0, 667, 1_333, 2_667, 5_333, 10_000, 10_000, 10_000]);
  expect(rounded(most)).toEqual([1_000, 1_333, 2_667, 5_333, 10_667, 20_000, 20_000, 20_000]);
  expect(rounded(mean)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

it('base and max are respected for any number of attempts', () => {
  expect(backoff(1, { base: 30, random: constant(0) })).toBe(20);
  expect(backoff(3, { base: 10, max: 60, random: constant(0.5) })).toBe(30);
  for (const attempt of [1_000, 2 ** 31, 2 ** 53]) expect(backoff(attempt, { random: constant(1) })).toBe(20_000);
});

describe('C6: 10,000 clients in groups of 1,000 that lose their server for 5 s', () => {
  const random = randomFrom(7);
  const groups = Array.from({ length: 10 }, () => Array.from({ length: 1_000 }, () => attempts(random)));
  const clients = groups.flat();

  it('no more than 15 % of the first attempts of a group are in any 100 ms', () => {
    for (const group of groups) {
      const first = group.map(([at]) => at as number);
      const most = Math.max(...first.map((from) => first.filter((at) => at >= from && at < from + 100).length));
      expect(most).toBeLessThanOrEqual(150);
    }
  });

  it('no client tries more than 4 times, for any random numbers', () => {
    const tries = (times: number[]) => times.filter((at) => at < 5_000).length;
    expect(Math.max(...clients.map(tries))).toBeLessThanOrEqual(4);
    expect(tries(attempts(constant(0)))).toBe(4);
  });

  it('at least 95 % are connected 5 s after it has returned', () => {
    const back = clients.filter((times) => (times.find((at) => at >= 5_000) as number) <= 10_000);
    expect(back.length).toBeGreaterThanOrEqual(9_500);
  });
});
