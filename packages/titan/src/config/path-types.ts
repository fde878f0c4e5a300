/** Keys of a record as text; a list has none. */
type KeyOf<T> = T extends readonly unknown[] | ((...args: never[]) => unknown) | Date
  ? never
  : T extends object
    ? Extract<keyof T, string>
    : never;

/** The paths that may continue a given one, completed key by key. */
export type Suggest<T, P extends string, Before extends string = ''> =
  | `${Before}${KeyOf<NonNullable<T>>}`
  | (P extends `${infer K}.${infer R}`
      ? K extends KeyOf<NonNullable<T>>
        ? Suggest<NonNullable<T>[K], R, `${Before}${K}.`>
        : never
      : never);

/** The type at a path. An optional key on the path makes it `undefined`, too. */
export type At<T, P extends string> = P extends `${infer K}.${infer R}`
  ? K extends keyof NonNullable<T>
    ? At<NonNullable<T>[K], R> | (undefined extends T ? undefined : never)
    : never
  : P extends keyof NonNullable<T>
    ? NonNullable<T>[P] | (undefined extends T ? undefined : never)
    : never;

/** A configuration as parsed by its schema. */
export interface Config<T> {
  /** Returns the whole configuration. */
  get(): T;
  /** Returns the value at a path such as `db.port`. */
  get<const P extends string>(path: P extends Suggest<T, P> ? P : Suggest<T, P>): At<T, P>;
}
