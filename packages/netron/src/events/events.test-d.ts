import { expectTypeOf, it } from 'vitest';
import { EventBus } from './bus.js';
import type { EventBusOptions } from './emit-options.js';

interface User {
  id: string;
  email: string;
}
interface Order {
  total: number;
}
interface Events {
  'user:created': User;
  'order:created': Order;
  'order:deleted': { id: string };
}

declare const options: EventBusOptions;

it('a bus with a map knows the data of names and patterns', () => {
  const bus = new EventBus<Events>(options);
  bus.subscribe('user:created', (user, event) => {
    expectTypeOf(user).toEqualTypeOf<User>();
    expectTypeOf(event).toEqualTypeOf<'user:created'>();
  });
  bus.subscribe('order:*', (data, event) => {
    expectTypeOf(data).toEqualTypeOf<Order | { id: string }>();
    expectTypeOf(event).toEqualTypeOf<'order:created' | 'order:deleted'>();
  });
  bus.subscribe('**', (data) => expectTypeOf(data).toEqualTypeOf<User | Order | { id: string }>());
  bus.publish('order:created', { total: 1 });
  bus.use(async (event, next) => {
    expectTypeOf(event.type).toEqualTypeOf<keyof Events>();
    await next();
  });
  // @ts-expect-error no such event
  bus.subscribe('user:deleted', () => {});
  // @ts-expect-error data of another event
  bus.publish('order:created', { id: 'x' });
  // @ts-expect-error a handler for other data
  bus.subscribe('user:created', (order: Order) => order.total);
});

it('a bus without a map accepts every name and the data that a handler declares', () => {
  const bus = new EventBus(options);
  bus.subscribe('user:created', async (user: User) => user.email);
  bus.subscribe('order:*', async (event) => event.anything.at.all);
  bus.publish('made:up', { any: 'thing' });
});

it('results have the given type', async () => {
  const bus = new EventBus<Events>(options);
  expectTypeOf(await bus.emitParallel('user:created', { id: '', email: '' })).toEqualTypeOf<unknown[]>();
  expectTypeOf(await bus.emitSerial<'order:created', number>('order:created', { total: 1 })).toEqualTypeOf<number[]>();
  const outcomes = await bus.emitParallel('order:created', { total: 1 }, { onError: 'collect' });
  expectTypeOf(outcomes).toEqualTypeOf<PromiseSettledResult<unknown>[]>();
  const sum = await bus.emitReduce('order:created', { total: 1 }, (acc, value: number) => acc + value, 0);
  expectTypeOf(sum).toEqualTypeOf<number>();
  const joined = await bus.emitReduceRight('order:created', { total: 1 }, (acc: string, value: number) => acc + value, '');
  expectTypeOf(joined).toEqualTypeOf<string>();
  const seeded = await bus.emitReduce('order:created', { total: 1 }, (acc: number, value: number) => acc + value);
  expectTypeOf(seeded).toEqualTypeOf<number | undefined>();
  // @ts-expect-error folding has no use for outcomes
  void bus.emitReduce('order:created', { total: 1 }, (acc: number, value: number) => acc + value, 0, { onError: 'collect' });
});

it('a reducer without types of its own is accepted', () => {
  const loose = new EventBus(options);
  void loose.emitReduce('temp:reading', (acc, val) => (acc + val) / 2);
  expectTypeOf(loose.emitReduce('sum', 1, (acc: number, val: number) => acc + val)).resolves.toEqualTypeOf<number | undefined>();
});
