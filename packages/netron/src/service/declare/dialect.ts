/**
 * The two call signatures of decorators. Legacy: TypeScript's `experimentalDecorators`, SWC, oxc. Standard: TC39 2023-11 as
 * in TypeScript 5 and later, esbuild and Babel.
 */

import type { ContextTrait } from '../call/remote.js';
import type { FilledMark } from '../call/sendable.js';
import { assertMemberName } from './member-name.js';
import { type MemberMetadata, memberMetadata } from './metadata.js';

/** Any class, including abstract ones and those with a private constructor. */
export interface AnyClass {
  readonly name: string;
  readonly prototype: object;
}

/** Decorator of classes, in both dialects. */
export interface ServiceDecorator {
  (target: AnyClass): void;
  (target: AnyClass, context: ClassDecoratorContext): void;
}

/** Members that can be public: with a string name, not static, not `#private`. */
export interface PublicMember {
  readonly name: string;
  readonly static: false;
  readonly private: false;
}

/** Decorator of methods, accessors and fields, in both dialects. */
export interface MemberDecorator {
  (prototype: object, name: string, descriptor?: PropertyDescriptor): void;
  (value: unknown, context: ClassMemberDecoratorContext & PublicMember): void;
}

/** A `MemberDecorator` that refuses methods with a parameter for the call's context, where the compiler shows their types. */
export interface ContextFreeDecorator {
  (prototype: object, name: string, descriptor?: PropertyDescriptor): void;
  <Value>(value: Value & ContextFree<Value>, context: ClassMemberDecoratorContext & PublicMember): void;
}

/** `unknown` for a method whose parameters all come from the caller; otherwise a type that states which option is missing. */
export type ContextFree<Value> = Value extends (...args: infer Args) => unknown
  ? [ContextTrait<Args>] extends [never]
    ? unknown
    : [Extract<Args[number], FilledMark>] extends [never]
      ? MissingContext<'say where the RequestContext goes: @Public({ context: 0 })'>
      : MissingContext<'say what fills the parameter: @Public({ fill: { 0: (call) => call.user } })'>
  : unknown;

/** Type that states which option of a decorator is missing. */
export interface MissingContext<Why extends string> {
  readonly missing: Why;
}

type StandardContext = DecoratorContext & { readonly metadata?: object | undefined };

/** Distinguishes a standard decorator call from a legacy one by its second argument. */
export function isStandard(second: unknown): second is StandardContext {
  return typeof second === 'object' && second !== null && 'kind' in second;
}

/** Changes a member's record; `owner` represents the class whose source contains the decorator. */
export type MemberChange = (record: MemberMetadata, owner: object) => void;

/**
 * Records a decorator's statement about a member: in the legacy dialect at once. A standard decorator has no access to its
 * class, and most runtimes lack `Symbol.metadata`, so the statement is recorded when the first instance is constructed, for
 * the class of that instance.
 *
 * @throws TypeError when the member cannot be public
 */
export function decorateMember(decorator: string, first: unknown, second: unknown, change: MemberChange): void {
  if (!isStandard(second)) {
    const prototype = first as object;
    const where = `${decorator} in class ${className(prototype)}`;
    if (typeof prototype === 'function') throw new TypeError(`${where}: static member '${String(second)}' cannot be public`);
    const name = second as string | symbol;
    assertMemberName(name, where);
    change(memberMetadata(prototype, name), prototype);
    return;
  }
  const context = second as ClassMemberDecoratorContext & StandardContext;
  if (context.private) throw new TypeError(`${decorator}: private member '${String(context.name)}' cannot be public`);
  if (context.static) throw new TypeError(`${decorator}: static member '${String(context.name)}' cannot be public`);
  const { name } = context;
  assertMemberName(name, decorator);
  // The same value for all decorators of one member, and a different one in a derived class. Which of the two exists depends on the compiler.
  const owner = context.metadata ?? context.access.has;
  const noted = new WeakSet<object>();
  context.addInitializer(function (this: unknown) {
    const prototype = Object.getPrototypeOf(this) as object;
    if (noted.has(prototype)) return;
    noted.add(prototype);
    change(memberMetadata(prototype, name), owner);
  });
}

/** Returns the name of the class with this prototype, or of the class itself, for messages. */
function className(prototype: object): string {
  const owner: unknown = typeof prototype === 'function' ? prototype : prototype.constructor;
  return (typeof owner === 'function' && owner.name) || '(anonymous)';
}
