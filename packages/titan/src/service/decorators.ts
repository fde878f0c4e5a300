import { Contract, createParameter, type Filled, Public as NetronPublic, type Stream } from '@omnitron-dev/netron';
import { checkNames, checkSchema } from '../errors/check-options.js';
import type { InferInput, Schema } from '../schema/schema.js';
import type { HandlerArgs } from './contract.js';
import { checkNoHook } from './hook-names.js';
import { annotationsOf, type MemberOptions, readMemberOptions } from './options.js';
import { inputOf } from './service-facts.js';

/** Decorates methods, accessors and fields, in both dialects; refuses methods with a parameter that must be filled but has no filler. */
export type PublicDecorator = ReturnType<typeof NetronPublic>;

/** Decorates methods with parameters that the callee fills. */
export type FilledPublicDecorator = ReturnType<typeof Stream>;

/**
 * Makes a member callable, with rules for it: `@Public({ transport: 'tcp' })`.
 *
 * @throws TypeError for static, private, symbol-named and reserved members; TitanError `invalid_use` for names of hooks, and when options are
 *   unknown or of another type
 */
export function Public(given: MemberOptions & ({ readonly context: number } | { readonly fill: object })): FilledPublicDecorator;
export function Public(given?: MemberOptions): PublicDecorator;
export function Public(given: MemberOptions = {}): PublicDecorator {
  const read = readMemberOptions(given);
  const { transport, auth, rateLimit, cache, invalidates, audit, annotations = [], ...options } = read;
  const rules = annotationsOf(read, false);
  const decorate = NetronPublic({ ...options, annotations: [...annotations, ...rules] } as Parameters<typeof NetronPublic>[0] & {
    context: number;
  });
  const checked = (prototypeOrMethod: never, nameOrContext: string | { readonly name: string | symbol }) => {
    const name = typeof nameOrContext === 'object' ? nameOrContext.name : nameOrContext;
    if (typeof name === 'string') checkNoHook('@Public', name);
    decorate(prototypeOrMethod, nameOrContext as never);
  };
  return checked as FilledPublicDecorator;
}

/** A parameter that receives the caller: `@Auth() user: Caller<User>`. Clients do not see it. */
export type Caller<T> = Filled<T>;

/** Returns the caller of a call, for `@Public({ fill: { 1: currentUser } })` in dialects without parameter decorators. */
export const currentUser = (call: { readonly user: unknown }): unknown => call.user;

/** Fills a parameter with the user of the call. Legacy dialect; elsewhere `@Public({ fill: { 1: currentUser } })`. */
export const Auth = (): ReturnType<typeof createParameter> => createParameter(currentUser);

/** Schemas of one method. */
export interface ValidateOptions<I extends Schema | readonly Schema[] = Schema, O extends Schema = Schema> {
  /** Schema of the only argument, or a list with one schema per argument. */
  readonly input?: I;
  /** Schema of the result, or of each item of a stream. */
  readonly output?: O;
}

/** A method that can have these schemas. */
type Validated<I extends Schema | readonly Schema[], O extends Schema> = (
  ...args: [I] extends [never] ? never[] : HandlerArgs<{ readonly input: I }>
) => [O] extends [never]
  ? unknown
  : InferInput<O> | Promise<InferInput<O>> | AsyncIterable<InferInput<O>> | Iterable<InferInput<O>>;

/** Decorates methods that match the schemas. One signature for both dialects: with overloads, the compiler would report the wrong one. */
export type ValidateDecorator<I extends Schema | readonly Schema[], O extends Schema> = <T extends Validated<I, O>>(
  prototypeOrMethod: object,
  nameOrContext: string | ClassMethodDecoratorContext<never, T>,
  descriptor?: TypedPropertyDescriptor<T>,
) => void;

/** Validates arguments before the method is called, and the result before it is sent. The compiler checks the method. */
export function Validate<const I extends Schema | readonly Schema[] = never, O extends Schema = never>(
  options: ValidateOptions<I, O>,
): ValidateDecorator<I, O> {
  checkNames('@Validate', options, { input: true, output: true });
  for (const schema of [options.input ?? []].flat()) checkSchema('@Validate: input', schema);
  if (options.output !== undefined) checkSchema('@Validate: output', options.output);
  const input = inputOf(options as { input?: Schema });
  const { output } = options;
  return Contract({ ...(input && { input }), ...(output && { output }) }) as unknown as ValidateDecorator<I, O>;
}
