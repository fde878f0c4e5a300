import { expect, it } from 'vitest';
import { LeavingLinks } from './leaving-links.js';

it('leaving links are bounded, forgotten when they end, and closed together', () => {
  const closed: string[] = [];
  const link = (name: string) => ({ close: (reason: string) => closed.push(`${name}: ${reason}`) });
  const leaving = new LeavingLinks<ReturnType<typeof link>>();
  const links = ['a', 'b', 'c', 'd', 'e'].map(link);
  for (const each of links) leaving.add(each);
  expect([leaving.all.length, closed]).toEqual([4, ['a: newer connections have taken over']]);
  expect([leaving.delete(links[1] as never), leaving.delete(links[0] as never)]).toEqual([true, false]);
  leaving.close('over');
  expect([leaving.all.length, closed.slice(1)]).toEqual([0, ['c: over', 'd: over', 'e: over']]);
});
