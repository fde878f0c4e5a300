/**
 * A container under test. Each function prepares something and returns what is timed.
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} module what is imported for the import time and the bundle
 * @property {() => (() => unknown)} singleton one of 20 singletons, created before
 * @property {() => (() => unknown)} transient ten transient classes, each needing the next
 * @property {() => (() => unknown)} [request] opens a request scope and gets 20 request-scoped instances from it
 * @property {(size: number) => (() => unknown)} graph builds a container of `size` singletons and resolves the first, which needs all
 */

/** Dependencies of class `i` of a tree of `size` classes: the first needs all others. */
export const below = (i, size) => [2 * i + 1, 2 * i + 2].filter((dep) => dep < size);

/** Creates `size` classes that keep what they are given; `deps(i)` names what class `i` needs. */
export function classes(size, deps) {
  return Array.from({ length: size }, (_, i) => {
    const needs = deps(i).length;
    if (needs === 0) return class {};
    if (needs === 1)
      return class {
        constructor(a) {
          this.a = a;
        }
      };
    return class {
      constructor(a, b) {
        this.a = a;
        this.b = b;
      }
    };
  });
}

export const chain = (i) => (i < 9 ? [i + 1] : []);
export const flat = () => [];
