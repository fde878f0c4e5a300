import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { notTicking, Ticker, type Ticking } from './ticker.js';

const clock = new VirtualClock();
const ticker = new Ticker(clock, 100);

/** Ticks until `goesOn` returns `false`; `seen` has the names of those that were ticked. */
function ticking(name: string, seen: string[], goesOn: () => boolean = () => true): Ticking {
  const tick = (): boolean => {
    seen.push(name);
    return goesOn();
  };
  return { tick, tickerPlace: notTicking };
}

describe('a ticker', () => {
  it('asks each item once per period, however often it was added', async () => {
    const seen: string[] = [];
    const items = ['a', 'b', 'c'].map((name) => ticking(name, seen));
    for (const item of [...items, ...items]) ticker.add(item);
    expect(ticker.size).toBe(3);
    await clock.advance(100);
    expect(seen.sort()).toEqual(['a', 'b', 'c']);
    for (const item of items) ticker.remove(item);
  });

  it('stops calling items that returned false or were removed, and continues with the others', async () => {
    const seen: string[] = [];
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => ticking(name, seen, () => name !== 'b')) as [Ticking, ...Ticking[]];
    for (const item of [a, b, c, d]) ticker.add(item as Ticking);
    ticker.remove(a);
    ticker.remove(a);
    await clock.advance(100);
    expect(seen.sort()).toEqual(['b', 'c', 'd']);
    seen.length = 0;
    await clock.advance(100);
    expect(seen.sort()).toEqual(['c', 'd']);
    ticker.remove(c as Ticking);
    ticker.remove(d as Ticking);
  });

  it('calls all items although some remove others and themselves meanwhile', async () => {
    const seen: string[] = [];
    const items: Ticking[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      items.push(
        ticking(name, seen, () => {
          if (name === 'd') ticker.remove(items[0] as Ticking);
          return name !== 'e';
        }),
      );
    }
    for (const item of items) ticker.add(item);
    await clock.advance(100);
    expect(new Set(seen)).toEqual(new Set(['b', 'c', 'd', 'e']));
    expect(ticker.size).toBe(3);
    for (const item of items) ticker.remove(item);
  });

  it('has a timer only while there are items', async () => {
    const item = ticking('a', []);
    expect(clock.size).toBe(0);
    ticker.add(item);
    expect(clock.size).toBe(1);
    ticker.remove(item);
    expect(clock.size).toBe(0);
    expect(item.tickerPlace).toBe(notTicking);
  });
});
