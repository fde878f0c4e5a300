import { describe, expectTypeOf, it } from 'vitest';
import type { Remote, RemoteStream } from '../call/remote.js';
import { type ClientOf, createService, defineService, events } from './define-service.js';

const counter = defineService({
  name: 'counter@1.0.0',
  methods: {
    add(by: number): number {
      this.total += by;
      this.emit('changed', this.total);
      // @ts-expect-error no such event
      this.emit('change', 1);
      // @ts-expect-error not a number
      this.emit('changed', '1');
      // @ts-expect-error no such member
      this.sub(1);
      return this.total;
    },
    find: async (id: string, options: { deep?: boolean } = {}) => ({ id, ...options, at: new Date() }),
    async *count(to: number) {
      for (let at = 0; at < to; at++) yield at;
    },
    same: async <T>(value: T): Promise<T> => value,
  },
  properties: { total: 0, unit: 'm' as 'm' | 'ft' },
  writable: ['unit'],
  events: events<{ changed: number }>(),
});

const silent = defineService({ name: 'silent', methods: { add: (a: number) => a } });

describe('defineService', () => {
  it('a service without events has the type of its members', () => {
    expectTypeOf(silent).toEqualTypeOf<{ add: (a: number) => number }>();
  });

  type Client = ClientOf<typeof counter>;

  it('infers the type of the proxy', () => {
    expectTypeOf<Client['add']>().toEqualTypeOf<(by: number) => Promise<number>>();
    expectTypeOf<Client['count']>().toEqualTypeOf<(to: number) => RemoteStream<number>>();
    expectTypeOf<Awaited<ReturnType<Client['find']>>>().toEqualTypeOf<{ at: Date; deep?: boolean; id: string }>();
    expectTypeOf<Client['total']>().toEqualTypeOf<Promise<number>>();
    expectTypeOf<Client['unit']>().toEqualTypeOf<Promise<'m' | 'ft'>>();
    expectTypeOf<Client>().toEqualTypeOf<Remote<typeof counter>>();
  });

  it('keeps type parameters and events', () => {
    const client = {} as Client;
    expectTypeOf(client.same({ id: 1 })).toEqualTypeOf<Promise<{ id: number }>>();
    expectTypeOf(client.on).parameter(0).toEqualTypeOf<'changed'>();
  });

  it('can be called locally', () => {
    expectTypeOf(counter.add).toEqualTypeOf<(by: number) => number>();
    expectTypeOf(counter.total).toEqualTypeOf<number>();
  });

  it('refuses unknown definitions', () => {
    // @ts-expect-error the name is missing
    defineService({ methods: {} });
    // @ts-expect-error a method is a function
    defineService({ name: 'a', methods: { x: 1 } });
    // @ts-expect-error no such property
    defineService({ name: 'a', methods: {}, properties: { x: 1 }, writable: ['y'] });
    // @ts-expect-error a service without events has none to subscribe to
    type _On = ClientOf<typeof silent>['on'];
    // @ts-expect-error no such method
    defineService({ name: 'a', methods: { x: () => 1 }, context: { y: 0 } });
  });
});

describe('createService', () => {
  it('returns the given type', () => {
    const math = createService('math', { add: (a: number, b: number) => a + b });
    expectTypeOf(math).toEqualTypeOf<{ add: (a: number, b: number) => number }>();
    expectTypeOf<ClientOf<typeof math>['add']>().toEqualTypeOf<(a: number, b: number) => Promise<number>>();
  });
});
