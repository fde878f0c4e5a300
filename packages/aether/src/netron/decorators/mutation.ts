import type { MutateOptions } from '../types.js';
import { type MethodDecorator, methodDecorator } from './method.js';

/** Sets default options of a mutation, for `useMutation` and `this.mutate`. */
export function Mutation(options: MutateOptions<never> = {}): MethodDecorator {
  return methodDecorator({ kind: 'mutation', options });
}
