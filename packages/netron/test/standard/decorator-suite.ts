import { describe, expect, it } from 'vitest';
import { exposureOf, type ServiceExposure } from '../../src/service/declare/exposed.js';
import { attachServiceHost, onServiceEvent } from '../../src/service/emitter.js';
import { type Construct, type DecoratorFixtures, middleware } from './decorator-fixtures.js';

function exposure(Class: Construct): ServiceExposure {
  const found = exposureOf(new Class());
  if (found === undefined) throw new Error(`${Class.name} is no service`);
  return found;
}

function member(Class: Construct, name: string) {
  const found = exposure(Class).members.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${Class.name} shows no '${name}'`);
  return found;
}

const names = (Class: Construct) => exposure(Class).members.map(({ name }) => name);

/** What the decorators promise in either dialect. */
export function testDecorators(dialect: string, fixtures: DecoratorFixtures): void {
  describe(`decorators, ${dialect} dialect`, () => {
    it('SV-01: a class gets its name and version', () => {
      expect(exposure(fixtures.Everything).definition).toMatchObject({ name: 'everything', version: '1.2.3' });
      expect(exposure(fixtures.WithOptions).definition).toMatchObject({ name: 'options', version: '2.1.0' });
      expect(exposure(fixtures.UserProfileService).definition).toMatchObject({ name: 'user-profile', version: '1.0.0' });
    });

    it('SV-02, SV-03: members get their kind from their declaration', () => {
      const { members } = exposure(fixtures.Everything).definition;
      expect(Object.fromEntries(members.map((one) => [one.name, one.kind]))).toEqual({
        add: 'method',
        multiply: 'method',
        arrow: 'method',
        count: 'stream',
        tick: 'stream',
        marked: 'stream',
        version: 'property',
        stated: 'property',
        total: 'property',
        open: 'property',
        level: 'property',
        size: 'property',
        unset: 'property',
      });
    });

    it('properties are read-only unless declared otherwise and settable', () => {
      const writable = exposure(fixtures.Everything).members.filter((one) => one.writable === true);
      expect(writable.map(({ name }) => name).sort()).toEqual(['level', 'open']);
    });

    it('SV-17, B13: members without @Public are not exposed', () => {
      const shown = names(fixtures.Everything);
      for (const name of ['helper', 'secret', 'alsoSecret', 'constructor', 'toString', '__proto__'])
        expect(shown).not.toContain(name);
    });

    it('D57: decorating does not instantiate', () => {
      expect(fixtures.Counted.constructed).toBe(0);
      const counted = new fixtures.Counted();
      expect(exposureOf(counted)?.definition.name).toBe('counted');
      expect(fixtures.Counted.constructed).toBe(1);
    });

    it('an exposure is computed once per class and cannot be changed', () => {
      const first = exposure(fixtures.Everything);
      expect(exposure(fixtures.Everything)).toBe(first);
      expect(
        [first, first.definition, first.definition.members, first.definition.members[0], first.members[0]].every(Object.isFrozen),
      ).toBe(true);
      expect(first.definition.members.map(({ name }) => name)).toEqual(first.members.map(({ name }) => name));
    });

    it('D56: inherited public members are exposed, overrides stay public', () => {
      expect(names(fixtures.Base).sort()).toEqual(['kept', 'kind']);
      expect(names(fixtures.Derived).sort()).toEqual(['added', 'kept', 'kind']);
      expect(names(fixtures.OverPlainBase).sort()).toEqual(['fromBase', 'own']);
    });

    it('a derived class is the same service unless it has a name of its own', () => {
      expect(exposure(fixtures.Derived).definition).toMatchObject({ name: 'base', version: '1.0.0' });
      expect(exposure(fixtures.OwnName).definition).toMatchObject({ name: 'own', version: '3.0.0' });
      expect(exposureOf(new fixtures.PlainBase())).toBeUndefined();
    });

    it('a derived class does not change its base class', () => {
      new fixtures.Derived();
      new fixtures.OwnName();
      expect(names(fixtures.Base)).not.toContain('added');
      expect(exposure(fixtures.Base).definition.name).toBe('base');
    });

    it('the kind is that of the override', () => {
      expect(member(fixtures.Base, 'kind').kind).toBe('method');
      expect(member(fixtures.OwnName, 'kind').kind).toBe('stream');
    });

    it('SV-18: middleware keeps its order, the upper decorator outermost, the base class around the derived one', () => {
      const { outer, inner, ofClass, ofDerived } = middleware;
      expect(exposure(fixtures.WithOptions).middleware).toEqual([outer]);
      expect(exposure(fixtures.Guarded).middleware).toEqual([ofClass, outer, inner]);
      expect(member(fixtures.Guarded, 'run').middleware).toEqual([outer, inner]);
      expect(member(fixtures.Guarded, 'free').middleware).toEqual([]);
      expect(member(fixtures.GuardedMore, 'run').middleware).toEqual([outer, inner, ofDerived]);
      new fixtures.GuardedMore();
      expect(member(fixtures.GuardedMore, 'run').middleware).toEqual([outer, inner, ofDerived]);
      expect(member(fixtures.Guarded, 'run').middleware).toEqual([outer, inner]);
    });

    it('B16: combining decorators never weakens, in whatever order', () => {
      expect(exposure(fixtures.Contradiction).members.map(({ writable }) => writable)).toEqual([undefined, undefined]);
      expect(names(fixtures.Guarded)).not.toContain('hidden');
      expect(names(fixtures.Wrapped).sort()).toEqual(['inside', 'outside']);
    });

    it('SV-30: the position of the context is recorded', () => {
      expect(member(fixtures.WithContext, 'whoAmI').fills).toEqual(new Map([[0, expect.any(Function)]]));
      expect(member(fixtures.WithContext, 'plain').fills).toBeUndefined();
    });

    it('annotations of classes and members are inherited and combined so that they only tighten', () => {
      const said = (Class: Construct, name: string) => Object.fromEntries(member(Class, name).said ?? []);
      expect(said(fixtures.Annotated, 'remove')).toEqual({ roles: ['admin', 'user'], idempotent: true });
      expect(said(fixtures.Annotated, 'list')).toEqual({ roles: ['user'], safe: true });
      expect(said(fixtures.AnnotatedMore, 'remove')).toEqual({
        roles: ['admin', 'audited', 'owner', 'user'],
        idempotent: false,
      });
      expect(said(fixtures.AnnotatedMore, 'list')).toEqual({ roles: ['audited', 'user'], safe: true });
      const published = exposure(fixtures.Annotated).definition.members.map(({ name, annotations }) => [name, annotations]);
      expect(Object.fromEntries(published)).toEqual({ remove: { idempotent: true }, list: { safe: true } });
    });

    it('SV-28: a class without a base class can emit', () => {
      const emitting = new fixtures.Emitting();
      const heard: unknown[] = [];
      const off = onServiceEvent(emitting, (event, data) => heard.push([event, data]));
      emitting.run();
      off();
      emitting.run();
      expect(heard).toEqual([
        ['upload:progress', { bytes: 1 }],
        ['done', undefined],
      ]);
      expect(names(fixtures.Emitting)).toEqual(['run']);
    });

    it('members of a class are not replaced', () => {
      const occupied = new fixtures.Occupied();
      attachServiceHost(occupied, { netron: 'the node', getConnection: () => 'the connection' });
      expect(occupied.netron).toBe('its own');
      expect(occupied.emit('x')).toBe('own x');
    });

    for (const { what, make, message } of fixtures.refused) {
      it(`refuses ${what} and says why`, () => {
        expect(make).toThrow(TypeError);
        expect(make).toThrow(message);
      });
    }
  });
}
