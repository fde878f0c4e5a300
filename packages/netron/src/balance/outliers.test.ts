import { describe, expect, it } from 'vitest';
import { peers } from '../../test/balanced.js';
import type { BalancedPeer } from './load-balancer.js';
import { Outliers } from './outliers.js';

describe('C13: outliers', () => {
  it('eject a node after five failures in a row, each time for longer', () => {
    const outliers = new Outliers();
    const list = peers(4);
    const bad = list[0] as BalancedPeer;
    for (let failure = 0; failure < 4; failure += 1) outliers.report(bad, false, 0);
    expect(outliers.ready(list, 0)).toBe(list);
    outliers.report(bad, false, 0);
    expect(outliers.ready(list, 1).map(({ id }) => id)).toEqual(['n1', 'n2', 'n3']);
    expect(outliers.ready(list, 1)).toBe(outliers.ready(list, 2));
    expect(outliers.ready(list, 4_999).length).toBe(3);
    expect(outliers.ready(list, 5_000).length).toBe(4);
    for (let failure = 0; failure < 5; failure += 1) outliers.report(bad, false, 5_000);
    expect(outliers.ready(list, 14_999).length).toBe(3);
    expect(outliers.ready(list, 15_000).length).toBe(4);
    outliers.report(bad, true, 15_000);
    expect(outliers.ejected(bad, 15_000)).toBe(false);
  });

  it('eject a node when half of twenty calls fail', () => {
    const outliers = new Outliers();
    const list = peers(4);
    const bad = list[2] as BalancedPeer;
    for (let call = 0; call < 20; call += 1) outliers.report(bad, call % 2 === 0, 100);
    expect(outliers.ready(list, 100).length).toBe(4); // the first call of it was a success that nobody noted
    outliers.report(bad, false, 100);
    expect(outliers.ready(list, 100).length).toBe(3);
  });

  it('eject at most half of the nodes; when more fail, all are used', () => {
    const outliers = new Outliers();
    const list = peers(4);
    const fail = (index: number) => {
      for (let failure = 0; failure < 5; failure += 1) outliers.report(list[index] as BalancedPeer, false, 0);
    };
    fail(0);
    fail(1);
    expect(outliers.ready(list, 1).map(({ id }) => id)).toEqual(['n2', 'n3']);
    fail(2);
    expect(outliers.ready(list, 1)).toBe(list);
  });

  it('refuse invalid options', () => {
    expect(() => new Outliers({ consecutive: 0 })).toThrow(RangeError);
    expect(() => new Outliers({ maxEjected: 2 })).toThrow(RangeError);
  });
});
