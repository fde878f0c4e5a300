import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnnotation, withAnnotations } from './annotation.js';
import { Contract, Idempotent, Invalidates, Resumable, Safe, TransportRule } from './annotations.js';
import { createParameter } from './create-parameter.js';
import { Public, Service } from './decorators.js';
import { defineService } from './define-service.js';
import { exposureOf, type Fill } from './exposed.js';

const Roles = createAnnotation<readonly string[]>({
  name: 'roles',
  merge: (outer, inner) => [...new Set([...outer, ...inner])].sort(),
  published: true,
});
const Limit = createAnnotation<number>({ name: 'limit', merge: Math.min });
const Cache = createAnnotation<{ ttl?: number; shared?: boolean }>({
  name: 'cache',
  merge: 'complete',
  published: true,
  optIn: true,
  implies: [Safe()],
});

function said(service: object, name: string): Record<string, unknown> {
  return Object.fromEntries(exposureOf(service)?.members.find((member) => member.name === name)?.said ?? []);
}

const definition = (service: object) => exposureOf(service)?.definition.members;

describe('createAnnotation', () => {
  it('gives a key, a decorator and an entry in one', () => {
    expect(Roles.name).toBe('roles');
    expect(Roles(['admin']).key).toBe(Roles);
    expect(Roles(['admin']).value).toEqual(['admin']);
    const service = defineService({
      name: 'files',
      annotations: [Roles(['user'])],
      methods: { remove: withAnnotations((id: string) => id, Roles(['admin']), Limit(3)), list: () => [] },
      properties: { size: 1 },
    });
    expect(said(service, 'remove')).toEqual({ roles: ['admin', 'user'], limit: 3 });
    expect(said(service, 'list')).toEqual({ roles: ['user'] });
    expect(said(service, 'size')).toEqual({ roles: ['user'] });
    expect(service.remove('a')).toBe('a');
  });

  it('publishes published annotations and no others', () => {
    const service = defineService({
      name: 'files',
      methods: { remove: withAnnotations(() => 1, Roles(['admin']), Limit(3)), list: () => [] },
    });
    expect(definition(service)).toEqual([
      { name: 'remove', kind: 'method', annotations: { roles: ['admin'] } },
      { name: 'list', kind: 'method' },
    ]);
    const Odd = createAnnotation<unknown>({ name: 'odd', published: true });
    const odd = () =>
      defineService({
        name: 'odd',
        methods: {
          a: withAnnotations(
            () => 1,
            Odd(() => 1),
          ),
        },
      });
    expect(odd).toThrow("annotation 'odd' cannot be published: expected plain data");
  });

  it('opt-in annotations of a class complete members that have one and add none to others', () => {
    const service = defineService({
      name: 'shop',
      annotations: [Cache({ ttl: 60 })],
      methods: { find: withAnnotations(() => 1, Cache({ shared: true })), buy: () => 1 },
    });
    expect(said(service, 'find')).toEqual({ cache: { ttl: 60, shared: true }, safe: true });
    expect(said(service, 'buy')).toEqual({});
    const contradicts = defineService({
      name: 'shop',
      methods: { find: withAnnotations(() => 1, Cache({}), Safe(false)) },
    });
    expect(said(contradicts, 'find')).toMatchObject({ safe: false });
  });

  it('the nearest annotation counts when there is no merge', () => {
    const Title = createAnnotation<string>({ name: 'title' });
    const service = defineService({
      name: 'a',
      annotations: [Title('service')],
      methods: { own: withAnnotations(() => 1, Title('method')), other: () => 1 },
    });
    expect([said(service, 'own'), said(service, 'other')]).toEqual([{ title: 'method' }, { title: 'service' }]);
  });

  it('refuses a merge that loosens, when the service is declared', () => {
    const Last = createAnnotation<string[]>({ name: 'last', merge: (_outer, inner) => inner });
    const last = () =>
      defineService({ name: 'a', annotations: [Last(['admin'])], methods: { get: withAnnotations(() => 1, Last([])) } });
    expect(last).toThrow(`annotation 'last': merging ["admin"] and [] gives []; merge must include both`);
    const Mean = createAnnotation<number>({ name: 'mean', merge: (outer, inner) => (outer + inner) / 2 });
    const mean = () => defineService({ name: 'a', annotations: [Mean(1)], methods: { get: withAnnotations(() => 1, Mean(3)) } });
    expect(mean).toThrow("annotation 'mean': merging 1 and 3 gives 2");
  });

  it('refuses a merge that returns the weaker value', () => {
    const Roles = createAnnotation<string[]>({
      name: 'required',
      merge: (outer, inner) => outer.filter((role) => inner.includes(role)).sort(),
      stricter: (one, other) => other.every((role) => one.includes(role)),
    });
    const service = () =>
      defineService({
        name: 'a',
        annotations: [Roles(['admin', 'user'])],
        methods: { get: withAnnotations(() => 1, Roles(['admin'])) },
      });
    expect(service).toThrow(
      `annotation 'required': merging ["admin","user"] and ["admin"] gives ["admin"], which is less strict than ["admin","user"]`,
    );
    const most = createAnnotation<number>({ name: 'most', merge: Math.max, stricter: (one, other) => one <= other });
    expect(() => most.combine(1, 2)).toThrow("annotation 'most': merging 1 and 2 gives 2, which is less strict than 1");
    expect(() => createAnnotation<number>({ name: 'n', merge: 'nearest', stricter: () => true })).toThrow(
      "annotation 'n': 'stricter' requires a function for 'merge'",
    );
  });

  it('refuses invalid names and two annotations with one name', () => {
    expect(() => createAnnotation({ name: 'no name' })).toThrow("invalid annotation name 'no name'");
    const Other = createAnnotation<number>({ name: 'roles' });
    const declare = () =>
      defineService({ name: 'a', annotations: [Roles(['x'])], methods: { get: withAnnotations(() => 1, Other(1)) } });
    expect(declare).toThrow("duplicate annotation name 'roles'");
  });
});

describe('annotations of the core', () => {
  it('only tighten, in any order, and lose nothing', () => {
    for (const key of [Safe, Idempotent, Resumable]) {
      fc.assert(
        fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), (values) => {
          const all = values.reduce((one, other) => key.combine(one, other));
          const reversed = values.reduceRight((one, other) => key.combine(one, other));
          expect(all).toBe(reversed);
          for (const value of values) expect(key.combine(value, all)).toBe(all);
          expect(all).toBe(!values.includes(false));
        }),
      );
    }
  });

  it.each([Invalidates, TransportRule])('$name only tightens, in any order of its names', (key) => {
    const names = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd'), { maxLength: 4 });
    fc.assert(
      fc.property(names, names, names, (one, other, third) => {
        const both = key.combine(one, other);
        expect(key.combine(other, one)).toEqual(both);
        expect(key.combine(both, third)).toEqual(key.combine(one, key.combine(other, third)));
        const held = (name: string): boolean => (key === Invalidates ? both.includes(name) : one.includes(name));
        const all = key === Invalidates ? [...one, ...other] : both;
        expect(all.every(held)).toBe(true);
      }),
    );
  });

  it('ignore invalid published values of another node', () => {
    for (const value of [1, 'yes', null, {}, undefined]) expect(Safe.read(value)).toBeUndefined();
    expect([Safe.read(true), Idempotent.read(false)]).toEqual([true, false]);
  });

  it('are options of @Public, too', () => {
    @Service('a')
    class A {
      @Public({ safe: true, idempotent: true, resumable: true, annotations: [Limit(1)] })
      get(): void {}
    }
    expect(said(new A(), 'get')).toEqual({ safe: true, idempotent: true, resumable: true, limit: 1 });
    expect(definition(new A())?.[0]?.annotations).toEqual({ idempotent: true, resumable: true, safe: true });
  });

  it('a contract holds schemas and is not published', () => {
    const schema = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } as const;
    const service = defineService({
      name: 'a',
      methods: { get: withAnnotations((id: string) => id, Contract({ input: schema, output: schema })) },
    });
    expect(said(service, 'get')).toEqual({ contract: { input: schema, output: schema } });
    expect(definition(service)?.[0]).toEqual({ name: 'get', kind: 'method' });
  });
});

describe('parameters that the callee fills', () => {
  it('are refused in invalid places', () => {
    const define = (fill: Record<number, Fill>) => () =>
      defineService({ name: 'a', methods: { get: () => 1 }, fill: { get: fill } });
    expect(define({ '-1': () => 1 })).toThrow("method 'get': expected parameter positions with functions");
    expect(define({ 0: 'user' as unknown as Fill })).toThrow('0: string');
    const twice = () =>
      defineService({ name: 'a', methods: { get: () => 1 }, context: { get: 0 }, fill: { get: { 0: () => 1 } } });
    expect(twice).toThrow("service 'a': method 'get': parameter 0 is filled twice");
    const decorate = createParameter(() => 1);
    expect(() => decorate(class {}, 'get', 0)).toThrow('expected a parameter of a method');
    expect(() => decorate({}, undefined as unknown as string, 0)).toThrow('expected a parameter of a method');
  });
});
