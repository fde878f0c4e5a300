import type { MiddlewareInput } from '../../src/middleware/places.js';
import { createAnnotation } from '../../src/service/declare/annotation.js';

/** Makes an instance of a class under test. */
export type Construct = new () => object;

/** The same classes in either decorator dialect; the source of each says the same. */
export interface DecoratorFixtures {
  /** Every kind of public member, and private ones of every kind. */
  readonly Everything: Construct;
  /** `@Service()` on `class UserProfileService`. */
  readonly UserProfileService: Construct;
  /** `@Service({ name: 'options', version: '2.1.0', middleware: [outer] })`. */
  readonly WithOptions: Construct;
  /** `base@1.0.0`: overrides and additions below. */
  readonly Base: Construct;
  /** Extends `Base` without `@Service`; adds `added`, overrides `kept` without `@Public`. */
  readonly Derived: Construct;
  /** Extends `Base` as `own@3.0.0`. */
  readonly OwnName: Construct;
  /** Extends a class that has `@Public` members and no `@Service`. */
  readonly OverPlainBase: Construct;
  /** That class: no service. */
  readonly PlainBase: Construct;
  /** Method `run` under `@UseMiddleware` in several orders; see `middleware`. */
  readonly Guarded: Construct;
  /** Extends `Guarded`, overriding `run` with middleware of its own. */
  readonly GuardedMore: Construct;
  /** `@Public({ readonly: true })` and `@Public({ readonly: false })` on one field, in both orders. */
  readonly Contradiction: Construct;
  /** `@Public` inside and outside of a decorator that replaces the method. */
  readonly Wrapped: Construct;
  /** `whoAmI(context, …)` with `@Public({ context: 0 })`. */
  readonly WithContext: Construct;
  /** `@Roles(['user'])` on the class; `remove` says `['admin']` and that it is idempotent, `list` that it is safe. */
  readonly Annotated: Construct;
  /** Extends `Annotated`: `['audited']` on the class, `['owner']` and not idempotent on `remove`. */
  readonly AnnotatedMore: Construct;
  /** Emits without a base class. */
  readonly Emitting: new () => { run(): void };
  /** Counts how often it was constructed. */
  readonly Counted: Construct & { readonly constructed: number };
  /** Keeps a node of its own in `this.netron`, and has its own `emit`. */
  readonly Occupied: new () => { readonly netron: unknown; emit(event: string): string };
  /** Each makes a class that has to be refused; the message has to match. */
  readonly refused: readonly { readonly what: string; readonly make: () => unknown; readonly message: RegExp }[];
}

/** Middleware of the fixtures, told apart by identity. */
export const middleware = {
  outer: (next) => next,
  inner: (next) => next,
  ofClass: (next) => next,
  ofDerived: (next) => next,
} as const satisfies Record<string, MiddlewareInput>;

/** Who may call: all of these together. */
export const Roles = createAnnotation<readonly string[]>({
  name: 'roles',
  merge: (outer, inner) => [...new Set([...outer, ...inner])].sort(),
});
