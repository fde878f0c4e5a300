import type { MutateOptions } from '../types.js';
import { type MethodDecorator, methodDecorator } from './method.js';

/** Gives the default options of a method that changes something: of `useMutation` and of `this.mutate`. */
export function Mutation(options: MutateOptions<never> = {}): MethodDecorator {
  return methodDecorator({ kind: 'mutation', options });
}
