import { expectTypeOf, test } from 'vitest';
import { defineService, type Remote, type sentAsValue } from '../../index.js';

class Money {
  declare readonly [sentAsValue]: true;
  readonly #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  plus(other: Money): Money {
    return new Money(this.#cents + other.#cents);
  }
}

const shop = defineService({
  name: 'shop',
  methods: {
    double: (price: Money) => price.plus(price),
    async all(prices: Map<string, Money[]>): Promise<{ sum: Money }> {
      return { sum: [...prices.values()].flat().reduce((sum, price) => sum.plus(price), new Money(0)) };
    },
    async *each(prices: Money[]): AsyncGenerator<Money> {
      yield* prices;
    },
  },
});

test('instances of a registered class are what they are at both ends, methods included', async () => {
  const remote = {} as Remote<typeof shop>;
  expectTypeOf(remote.double(new Money(1))).toEqualTypeOf<Promise<Money>>();
  expectTypeOf(await remote.all(new Map([['a', [new Money(1)]]]))).toEqualTypeOf<{ sum: Money }>();
  for await (const price of remote.each([new Money(1)])) expectTypeOf(price).toEqualTypeOf<Money>();
});

test('other objects with methods are services', () => {
  class Counter {
    next(): number {
      return 1;
    }
  }
  const remote = {} as Remote<{ counter(): Counter }>;
  expectTypeOf(remote.counter().next()).toEqualTypeOf<Promise<number>>();
});
