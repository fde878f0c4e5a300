import { describe, expect, it } from 'vitest';
import { onServiceEvent } from '../emitter.js';
import { Public, Service } from './decorators.js';
import { createService, defineService, events } from './define-service.js';
import { exposureOf } from './exposed.js';

const shown = (value: object) => exposureOf(value)?.members.map(({ name, kind, writable }) => [name, kind, writable === true]);

describe('defineService', () => {
  const middleware = (next: (call: never) => unknown) => next;
  const counter = defineService({
    name: 'counter',
    version: '2.0.0',
    methods: {
      add(by: number): number {
        this.total += by;
        this.emit('changed', this.total);
        return this.total;
      },
      async *count(to: number) {
        for (let at = 0; at < to; at++) yield at;
      },
      whoAmI: (_context: object, suffix: string) => suffix,
    },
    properties: {
      total: 0,
      unit: 'm',
      get double(): number {
        return this.total * 2;
      },
    },
    writable: ['unit', 'double'],
    context: { whoAmI: 0 },
    events: events<{ changed: number }>(),
    middleware: [middleware as never],
  });

  it('declares its members under its name', () => {
    expect(exposureOf(counter)?.definition).toMatchObject({ name: 'counter', version: '2.0.0' });
    expect(shown(counter)).toEqual([
      ['add', 'method', false],
      ['count', 'stream', false],
      ['whoAmI', 'method', false],
      ['total', 'property', false],
      ['unit', 'property', true],
      ['double', 'property', false],
    ]);
    expect(exposureOf(counter)?.members[2]?.fills).toEqual(new Map([[0, expect.any(Function)]]));
    expect(exposureOf(counter)?.middleware).toEqual([middleware]);
  });

  it('works locally, with `this` as the service', () => {
    const heard: unknown[] = [];
    onServiceEvent(counter, (event, data) => heard.push([event, data]));
    expect(counter.add(2)).toBe(2);
    expect(counter.total).toBe(2);
    expect(counter.double).toBe(4);
    expect(heard).toEqual([['changed', 2]]);
  });

  it('refuses reserved, duplicate and non-function members', () => {
    expect(() => defineService({ name: 'a', methods: { then: () => 1 } })).toThrow(/'then' cannot be public/);
    expect(() => defineService({ name: 'a', methods: { ['__proto__']: () => 1 } })).toThrow(/'__proto__' cannot be public/);
    expect(() => defineService({ name: 'a', methods: { x: () => 1 }, properties: { x: 1 } })).toThrow(/duplicate member 'x'/);
    expect(() => defineService({ name: 'a', methods: { x: 1 as never } })).toThrow(/'x' must be a function/);
    expect(() => defineService({ name: 'a b', methods: {} })).toThrow(/invalid service name/);
  });
});

describe('SV-26: createService', () => {
  it('makes functions public by name and returns the object itself', () => {
    const implementation = {
      add: (a: number, b: number) => a + b,
      unit: 'm',
      *range() {},
      get later(): number {
        throw new Error('read');
      },
    };
    const math = createService('math', implementation);
    expect(math).toBe(implementation);
    expect(exposureOf(math)?.definition).toMatchObject({ name: 'math', version: '1.0.0' });
    expect(shown(math)).toEqual([
      ['add', 'method', false],
      ['range', 'stream', false],
    ]);
  });

  it('class methods are public; constructor, base classes, private and reserved members are not', () => {
    class Base {
      inherited(): void {}
    }
    class Math2 extends Base {
      #secret(): number {
        return 1;
      }
      power(base: number): number {
        return base ** this.#secret();
      }
      override toString(): string {
        return 'math';
      }
      toJSON(): object {
        return {};
      }
      [Symbol.iterator](): void {}
      static make(): Math2 {
        return new Math2();
      }
    }
    expect(shown(createService('math@2.1.0', new Math2()))).toEqual([['power', 'method', false]]);
  });

  it('works on frozen objects', () => {
    expect(shown(createService('frozen', Object.freeze({ x: () => 1 })))).toEqual([['x', 'method', false]]);
  });

  it('does not expose more of an existing service', () => {
    @Service('closed@1.0.0')
    class Closed {
      @Public()
      open(): void {}
      hidden(): void {}
    }
    expect(() => createService('opened', new Closed())).toThrow(/is already service 'closed@1\.0\.0'/);
    const once = createService('once', {});
    expect(() => createService('twice', once)).toThrow(/is already service 'once@1\.0\.0'/);
  });
});

describe('decorators called as functions', () => {
  it('declare a class of plain JavaScript', () => {
    class Dynamic {
      [name: string]: unknown;
      constructor() {
        this.add = (a: number, b: number) => a + b;
      }
    }
    Service('dynamic@1.0.0')(Dynamic);
    Public()(Dynamic.prototype, 'add');
    expect(shown(new Dynamic())).toEqual([['add', 'method', false]]);
  });
});

describe('exposureOf', () => {
  it('is undefined for values that are not services', () => {
    class Plain {
      method(): void {}
    }
    for (const value of [
      undefined,
      null,
      1,
      'x',
      {},
      [],
      () => 1,
      Plain,
      new Plain(),
      new Date(),
      Object.create(null),
      new Map(),
    ]) {
      expect(exposureOf(value)).toBeUndefined();
    }
  });

  it('is undefined for the prototype and the class of a service', () => {
    @Service('a')
    class A {}
    expect(exposureOf(A)).toBeUndefined();
    expect(exposureOf(A.prototype)).toBeUndefined();
  });

  it('SV-30: finds the context in design:paramtypes', async () => {
    const { contextParameter } = await import('../call/context-parameter.js');
    class Context {
      readonly user = 'somebody';
      static readonly [contextParameter] = true;
    }
    @Service('with-metadata')
    class WithMetadata {
      @Public()
      get(_id: string, _context: object): void {}
    }
    const reflect = Reflect as { getMetadata?: unknown };
    reflect.getMetadata = (key: string, target: object, name: string) =>
      key === 'design:paramtypes' && target === WithMetadata.prototype && name === 'get' ? [String, Context] : undefined;
    try {
      expect(exposureOf(new WithMetadata())?.members[0]).toMatchObject({
        name: 'get',
        fills: new Map([[1, expect.any(Function)]]),
      });
    } finally {
      delete reflect.getMetadata;
    }
  });
});
