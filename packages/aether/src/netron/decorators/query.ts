import { knownOptions, onlyOptions, type QueryOptions } from '@omnitron-dev/netron-browser';
import { type MethodDecorator, methodDecorator } from './method.js';

/** Sets default options of a query, for `useQuery` and `this.query`. */
export function Query(options: QueryOptions = {}): MethodDecorator {
  onlyOptions('@Query', options, knownOptions.call);
  return methodDecorator({ kind: 'query', options });
}
