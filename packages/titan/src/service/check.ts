import type { Filled } from '@omnitron-dev/netron';
import type { ContractMethods, HandlerValue, MethodContract, PassedArgs } from './contract.js';

/** Parameters without trailing ones that the callee fills. */
type Given<Args extends readonly unknown[]> = Args extends readonly [...infer Rest, infer Last]
  ? unknown extends Last
    ? Args
    : [NonNullable<Last>] extends [Filled<unknown>]
      ? Given<Rest>
      : Args
  : Args;

/** As many arguments as the method has parameters: a method with fewer matches. */
type Leading<Args extends readonly unknown[], Count extends readonly unknown[]> = Args extends readonly [
  ...{ [I in keyof Count]: unknown },
  ...infer _,
]
  ? { [I in keyof Count]: I extends keyof Args ? Args[I] : never }
  : Args;

type ArgsFit<Args extends readonly unknown[], Takes extends readonly unknown[]> = number extends Args['length']
  ? true
  : Args extends Takes
    ? true
    : Takes['length'] extends Args['length']
      ? false
      : Leading<Args, Takes> extends Takes
        ? true
        : false;

type ItemOf<R> = Awaited<R> extends AsyncIterable<infer T> ? T : Awaited<R> extends Iterable<infer T> ? T : NotAStream;

interface NotAStream {
  readonly 'is not a stream': never;
}

/** A sentence that describes how a method violates its contract; `never` if it does not. */
type Misfit<Method, M extends MethodContract, Name extends string> = Method extends (...args: infer A) => infer R
  ? ArgsFit<PassedArgs<M>, Given<A>> extends true
    ? [M['stream'] extends true ? ItemOf<R> : Awaited<R>] extends [HandlerValue<M>]
      ? never
      : { readonly [K in `${Name} gives`]: M['stream'] extends true ? ItemOf<R> : Awaited<R> } & {
          readonly 'but has to give': HandlerValue<M>;
        }
    : { readonly [K in `${Name} gets`]: PassedArgs<M> } & { readonly 'but takes': Given<A> }
  : { readonly [K in `${Name} is missing, or no method`]: never };

/** All violations of a class; `never` if there are none. */
type Misfits<T, C extends ContractMethods> = {
  [K in keyof C & string]: Misfit<K extends keyof T ? T[K] : undefined, C[K], K>;
}[keyof C & string];

/** An empty type if the class implements its contract; otherwise a type that describes the mismatch. */
export type Keeps<T, C extends ContractMethods> = string extends keyof C
  ? unknown
  : [Misfits<T, C>] extends [never]
    ? unknown
    : Misfits<T, C>;
