import { expect, it } from 'vitest';
import { Quantile } from './quantile.js';

it('estimates the 95th percentile within 10 %, and follows changes', () => {
  const p95 = new Quantile(0.95);
  expect(p95.value()).toBe(0);
  for (let value = 1; value <= 1_000; value += 1) p95.add(value);
  expect(p95.value() / 950).toBeGreaterThan(0.9);
  expect(p95.value() / 950).toBeLessThan(1.1);
  for (let count = 0; count < 10_000; count += 1) p95.add(5);
  expect(p95.value()).toBeCloseTo(5, 0);
  expect(p95.size).toBeLessThan(1_001);
  for (const value of [0, 1e-9, 1e12]) p95.add(value);
  expect(Number.isFinite(p95.value())).toBe(true);
});
