import { describe, expect, it } from 'vitest';
import { checkedReducer, fold, sortOutcomes } from './outcomes.js';

describe('outcomes of an emission', () => {
  it('results keep the order of the calls, failures name their subscriber and its place', () => {
    const { results, failures } = sortOutcomes(
      [
        { status: 'fulfilled', value: 'a' },
        { status: 'rejected', reason: 'no' },
        { status: 'fulfilled', value: undefined },
      ],
      [{ pattern: 'x' }, { pattern: 'x.*' }, { pattern: '**' }],
    );
    expect(results).toEqual(['a', undefined]);
    expect(failures).toEqual([{ index: 1, pattern: 'x.*', error: 'no' }]);
  });

  it('folding awaits each step before the next', async () => {
    const steps: string[] = [];
    const sum = await fold(
      ['a', 'b'],
      async (before, result) => {
        steps.push(`begin ${result}`);
        await Promise.resolve();
        steps.push(`end ${result}`);
        return `${before}${result}`;
      },
      '>',
    );
    expect(sum).toBe('>ab');
    expect(steps).toEqual(['begin a', 'end a', 'begin b', 'end b']);
  });

  it('without an initial value the first result is the first sum, and no results are undefined', async () => {
    const results = [1, 2, 3];
    expect(await fold(results, (sum, result) => `(${sum} ${result})`, undefined)).toBe('((1 2) 3)');
    expect(results).toEqual([1, 2, 3]);
    expect(await fold([], () => 'called', undefined)).toBeUndefined();
    expect(await fold([], () => 'called', 0)).toBe(0);
  });

  it('a reducer that is no function is refused with the name of the event', () => {
    expect(() => checkedReducer('sum', 7)).toThrow(new TypeError("reducer of 'sum' must be a function, not a number"));
  });
});
