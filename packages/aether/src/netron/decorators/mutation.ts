import { onlyOptions } from '@omnitron-dev/netron-browser';
import { mutationNames } from '../metadata.js';
import type { MutateOptions } from '../types.js';
import { type MethodDecorator, methodDecorator } from './method.js';

/** Sets default options of a mutation, for `useMutation` and `this.mutate`. */
export function Mutation(options: MutateOptions<never> = {}): MethodDecorator {
  onlyOptions('@Mutation', options, mutationNames());
  return methodDecorator({ kind: 'mutation', options });
}
