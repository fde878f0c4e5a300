import { factsOf, type MethodOptions } from '../metadata.js';

/** Method decorator of both dialects. */
export type MethodDecorator = (
  target: object,
  context: string | symbol | { readonly name: string | symbol },
  descriptor?: unknown,
) => void;

type Standard = { readonly name: string | symbol; addInitializer(run: (this: object) => void): void };

/** Creates a decorator that stores default options for its method. */
export function methodDecorator(facts: MethodOptions): MethodDecorator {
  return (target, context) => {
    if (typeof context !== 'object') factsOf(target.constructor).methods.set(String(context), facts);
    else {
      // The standard dialect does not pass the class; its first instance does.
      (context as Standard).addInitializer(function () {
        factsOf(this.constructor).methods.set(String(context.name), facts);
      });
    }
  };
}
