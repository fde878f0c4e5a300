import { expect, it } from 'vitest';
import { versionFilter } from './version-filter.js';

it.each(['', ' '])('refuses %j, which is no range', async (range) => {
  await expect(versionFilter(range)).rejects.toMatchObject({ code: 'invalid_argument' });
});

it('without a range takes the highest major version that has a release, whatever else is announced', async () => {
  const filter = await versionFilter(undefined);
  expect([...filter(['1.0.0', '2.1.0', '2.0.0', '3.0.0-beta.1'])]).toEqual(['2.1.0', '2.0.0']);
  expect([...filter(['1.0.0', 'garbage', ''])]).toEqual(['1.0.0']);
});
