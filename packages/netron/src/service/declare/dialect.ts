/**
 * The two call shapes of decorators. Legacy: TypeScript's `experimentalDecorators`, SWC, oxc. Standard: TC39 2023-11 as
 * in TypeScript 5 and later, esbuild and Babel.
 */

import type { ContextTrait } from '../call/remote.js';
import type { FilledMark } from '../call/sendable.js';
import { assertMemberName } from './member-name.js';
import { type MemberMetadata, memberMetadata } from './metadata.js';

/** Any class, also abstract ones and those with a private constructor. */
export interface AnyClass {
  readonly name: string;
  readonly prototype: object;
}

/** Decorates classes, in both dialects. */
export interface ServiceDecorator {
  (target: AnyClass): void;
  (target: AnyClass, context: ClassDecoratorContext): void;
}

/** Members that can be public: with a name, not static, not `#private`. */
export interface PublicMember {
  readonly name: string;
  readonly static: false;
  readonly private: false;
}

/** Decorates methods, accessors and fields, in both dialects. */
export interface MemberDecorator {
  (prototype: object, name: string, descriptor?: PropertyDescriptor): void;
  (value: unknown, context: ClassMemberDecoratorContext & PublicMember): void;
}

/** A `MemberDecorator` that refuses, where it can see them, methods with a parameter for the call's context. */
export interface ContextFreeDecorator {
  (prototype: object, name: string, descriptor?: PropertyDescriptor): void;
  <Value>(value: Value & ContextFree<Value>, context: ClassMemberDecoratorContext & PublicMember): void;
}

/** Nothing for a method whose parameters are all the caller's to give. */
export type ContextFree<Value> = Value extends (...args: infer Args) => unknown
  ? [ContextTrait<Args>] extends [never]
    ? unknown
    : [Extract<Args[number], FilledMark>] extends [never]
      ? MissingContext<'say where the RequestContext goes: @Public({ context: 0 })'>
      : MissingContext<'say what fills the parameter: @Public({ fill: { 0: (call) => call.user } })'>
  : unknown;

/** Stands for a decorator's option that cannot be left out here. */
export interface MissingContext<Why extends string> {
  readonly missing: Why;
}

type StandardContext = DecoratorContext & { readonly metadata?: object | undefined };

/** Tells a standard decorator call from a legacy one by its second argument. */
export function isStandard(second: unknown): second is StandardContext {
  return typeof second === 'object' && second !== null && 'kind' in second;
}

/** Changes a member's record; `owner` stands for the class whose source the decorator is in. */
export type MemberChange = (record: MemberMetadata, owner: object) => void;

/**
 * Notes what a decorator says about a member. In the legacy dialect at once. A standard decorator does not learn its
 * class, and `Symbol.metadata` is missing in most runtimes: there the note is made when an instance is constructed, in
 * the record of the instance's class. Later instances find it made.
 *
 * @throws TypeError when the member cannot be public
 */
export function decorateMember(decorator: string, first: unknown, second: unknown, change: MemberChange): void {
  if (!isStandard(second)) {
    const prototype = first as object;
    const where = `${decorator} in class ${className(prototype)}`;
    if (typeof prototype === 'function')
      throw new TypeError(`${where}: static member '${String(second)}' belongs to no instance`);
    const name = second as string | symbol;
    assertMemberName(name, where);
    change(memberMetadata(prototype, name), prototype);
    return;
  }
  const context = second as ClassMemberDecoratorContext & StandardContext;
  if (context.private) throw new TypeError(`${decorator}: '${String(context.name)}' is private to its class`);
  if (context.static) throw new TypeError(`${decorator}: static member '${String(context.name)}' belongs to no instance`);
  const { name } = context;
  assertMemberName(name, decorator);
  // Equal for all decorators of one member and different in a derived class: one or the other, depending on the compiler.
  const owner = context.metadata ?? context.access.has;
  const noted = new WeakSet<object>();
  context.addInitializer(function (this: unknown) {
    const prototype = Object.getPrototypeOf(this) as object;
    if (noted.has(prototype)) return;
    noted.add(prototype);
    change(memberMetadata(prototype, name), owner);
  });
}

/** Name of the class with this prototype, or of the class itself; for messages. */
function className(prototype: object): string {
  const owner: unknown = typeof prototype === 'function' ? prototype : prototype.constructor;
  return (typeof owner === 'function' && owner.name) || '(anonymous)';
}
