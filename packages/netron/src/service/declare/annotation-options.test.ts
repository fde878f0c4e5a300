import { describe, expect, it } from 'vitest';
import { createAnnotation, withAnnotations } from './annotation.js';
import { Public } from './decorators.js';
import { defineService } from './define-service.js';

const loosely = (given: unknown): (() => unknown) => {
  return () => createAnnotation(given as { name: string });
};

describe('createAnnotation', () => {
  it.each([
    [undefined, "createAnnotation: options must be an object such as { name: 'roles' }, not undefined"],
    [{ name: 7 }, "invalid annotation name '7'"],
    [{ name: 'l', mergee: 1 }, "annotation 'l': unknown option 'mergee'; known: name, merge,"],
    [{ name: 'l', merge: 'closest' }, "annotation 'l': merge must be a function, 'nearest' or 'complete', not a string"],
    [{ name: 'l', merge: (one: unknown) => one, stricter: 7 }, "annotation 'l': stricter must be a function, not a number"],
    [{ name: 'l', stricter: () => true }, "annotation 'l': 'stricter' requires a function for 'merge'"],
    [{ name: 'l', check: 3 }, "annotation 'l': check must be a function, not a number"],
    [{ name: 'l', read: {} }, "annotation 'l': read must be a function, not an object"],
    [{ name: 'l', published: 'yes' }, "annotation 'l': published must be a boolean, not a string"],
    [{ name: 'l', optIn: 1 }, "annotation 'l': optIn must be a boolean, not a number"],
    [{ name: 'l', implies: 4 }, "annotation 'l': implies must be an array of annotations, not a number"],
    [{ name: 'l', implies: [{}] }, "annotation 'l': implies must contain annotations such as Roles(['admin']), not an object"],
  ])('refuses %j', (given, message) => {
    expect(loosely(given)).toThrow(TypeError);
    expect(loosely(given)).toThrow(message);
  });

  it('refuses a value for which check returns false, and a check that returns a promise', () => {
    const Quota = createAnnotation<number>({ name: 'quota', check: (value) => value > 0 });
    expect(() => Quota(0)).toThrow("annotation 'quota' cannot be 0: rejected by check");
    expect(Quota(1).value).toBe(1);
    const Later = createAnnotation<number>({ name: 'later', check: () => Promise.reject(new Error('no')) });
    expect(() => Later(1)).toThrow("annotation 'later': check must return a boolean, not a promise");
  });
});

describe('a merge of two statements', () => {
  const kinds = {
    'gives nothing': [{ merge: () => undefined }, "annotation 'l': merging 1 and 2 gives undefined, which is less strict"],
    'is asynchronous': [{ merge: async (one: unknown) => one }, 'merge must include both'],
    fails: [
      {
        merge: () => {
          throw new RangeError('no such role');
        },
      },
      "annotation 'l': merge failed for 1 and 2: no such role",
    ],
    'has a `stricter` that fails': [
      {
        merge: Math.max,
        stricter: () => {
          throw new RangeError('no such role');
        },
      },
      "annotation 'l': stricter failed for 2 and 1: no such role",
    ],
    'has a `stricter` without an answer': [
      { merge: Math.max, stricter: async () => false },
      "annotation 'l': stricter must return a boolean, not an object of class Promise",
    ],
  } as const;

  it.each(Object.entries(kinds))('that %s is a TypeError when the service is declared', (_what, [rules, message]) => {
    const Level = createAnnotation<unknown>({ name: 'l', ...(rules as object) });
    const declare = () =>
      defineService({ name: 'levels', annotations: [Level(1)], methods: { get: withAnnotations(() => 1, Level(2)) } });
    expect(declare).toThrow(TypeError);
    expect(declare).toThrow(message);
  });
});

describe('a value that is not an annotation', () => {
  it('is refused wherever annotations are expected', () => {
    const methods = { get: () => 1 };
    const Level = createAnnotation<number>({ name: 'level' });
    const list = Level(1) as never;
    expect(() => defineService({ name: 'levels', annotations: list, methods })).toThrow(
      "service 'levels': annotations must be an array of annotations, not a function",
    );
    expect(() => defineService({ name: 'levels', annotations: ['admin' as never], methods })).toThrow(
      "service 'levels': annotations must contain annotations such as Roles(['admin']), not a string",
    );
    // The key itself, which was not called.
    expect(() => withAnnotations(() => 1, Level as never)).toThrow('withAnnotations must contain annotations such as');
    expect(() => Public({ annotations: [undefined as never] })).toThrow('@Public must contain annotations such as');
  });
});
