import type { QueryOptions } from '@omnitron-dev/netron-browser';
import { type MethodDecorator, methodDecorator } from './method.js';

/** Gives the default options of a method that reads: of `useQuery` and of `this.query`. */
export function Query(options: QueryOptions = {}): MethodDecorator {
  return methodDecorator({ kind: 'query', options });
}
