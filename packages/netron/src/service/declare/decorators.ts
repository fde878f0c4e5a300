/** Decorators that declare services. A decorator only records its options; it neither changes nor instantiates the class. */

import type { AnnotationStatement } from '../../middleware/member.js';
import type { MiddlewareInput } from '../../middleware/places.js';
import { checkOptions, type OptionNames } from '../../util/option-names.js';
import { fulfilServiceMembers } from '../emitter.js';
import { checkStatements } from './annotation-options.js';
import { type AnnotationOptionsOfPublic, annotationsIn } from './annotations.js';
import {
  type AnyClass,
  type ContextFreeDecorator,
  decorateMember,
  isStandard,
  type MemberDecorator,
  type ServiceDecorator,
} from './dialect.js';
import type { Fill } from './exposed.js';
import { exposeClass } from './exposed.js';
import { exposureOfClass, fillsOf } from './exposure.js';
import { Http, type HttpRule } from './http-rule.js';
import { classMetadata, strictest } from './metadata.js';
import { declaredServiceId, serviceNameOfClass } from './service-name.js';

/** Options of `@Service`. */
export interface ServiceOptions {
  /** Name, with or without version. Default: the class's name in kebab-case without `Service`. */
  readonly name?: string;
  /** Exact semantic version. Default: the one in `name`, else `1.0.0`. */
  readonly version?: string;
  /** Annotations of all members; the same as decorating the class with them. */
  readonly annotations?: readonly AnnotationStatement[];
  /** Middleware around all members, outermost first; the same as `@UseMiddleware` on the class. */
  readonly middleware?: readonly MiddlewareInput[];
}

const namesOfService: OptionNames<ServiceOptions> = { annotations: true, middleware: true, name: true, version: true };

/**
 * Declares the instances of a class as services, under a name and version.
 *
 * A derived class without `@Service` of its own is the same service with further members; with `@Service` it is a separate service
 * that keeps the inherited members and middleware. Instances gain `emit`, `netron` and `getConnection` if the class
 * lacks them (see `ServiceBase`).
 *
 * @param service `name@version`, or options. Without a name, it is derived from the name of the class
 * @throws TypeError when the name or version is malformed, an option is unknown, or the class is already a service
 * @example `@Service('calculator@1.0.0') class Calculator { … }`
 */
export function Service(service: string | ServiceOptions = {}): ServiceDecorator {
  const options = typeof service === 'string' ? { name: service } : service;
  checkOptions('@Service', options, namesOfService);
  return (target: AnyClass, context?: unknown) => {
    const given: unknown = target;
    if (typeof given !== 'function' || (isStandard(context) && context.kind !== 'class')) {
      throw new TypeError('@Service must decorate a class; use @Public for members');
    }
    const name = options.name ?? serviceNameOfClass((isStandard(context) ? context.name?.toString() : undefined) ?? target.name);
    const record = classMetadata(target.prototype);
    if (record.service !== undefined) throw new TypeError(`class ${target.name} is already service '${record.service.name}'`);
    record.service = declaredServiceId(name, options.version);
    record.middleware = [...(options.middleware ?? []), ...record.middleware];
    record.annotations = [...(options.annotations ?? []), ...record.annotations];
    record.exposure = undefined;
    exposeClass(target.prototype, exposureOfClass);
    fulfilServiceMembers(target.prototype);
  };
}

/** Options of `@Public`. */
export interface PublicOptions extends AnnotationOptionsOfPublic {
  /**
   * For fields and accessors: `false` lets callers write them. Default `true`. If several decorators or base classes
   * differ, `true` wins.
   */
  readonly readonly?: boolean;
  /**
   * For methods: position of the parameter that receives the call's `RequestContext` instead of an argument from the caller.
   * Detected automatically where the compiler emits `design:paramtypes` and `reflect-metadata` is loaded. Everywhere else, a
   * method that declares such a parameter without this option would receive it from the caller, who could forge it.
   */
  readonly context?: number;
  /** For methods: functions that fill other parameters instead of the caller, by position. Declare those as `Filled<T>`: callers do not see them. */
  readonly fill?: Readonly<Record<number, Fill>>;
  /** HTTP method, status and headers: `{ method: 'PUT' }`. */
  readonly http?: HttpRule;
  /** Further annotations. */
  readonly annotations?: readonly AnnotationStatement[];
}

const namesOfPublic: OptionNames<PublicOptions> = {
  annotations: true,
  cache: true,
  context: true,
  fill: true,
  http: true,
  idempotent: true,
  invalidates: true,
  readonly: true,
  resumable: true,
  safe: true,
  transport: true,
};

/**
 * Makes a method, generator method, accessor or field public. No other member of a class can be reached from outside.
 * Overrides in derived classes stay public.
 *
 * @throws TypeError for static, private, symbol-named and reserved members, and for unknown options
 */
export function Public(options: PublicOptions & { readonly context: number }): MemberDecorator;
export function Public(options?: PublicOptions): ContextFreeDecorator;
export function Public(options: PublicOptions = {}): MemberDecorator {
  checkOptions('@Public', options, namesOfPublic);
  const { readonly, context, fill = {}, annotations = [], http } = options;
  if (context !== undefined && !(Number.isSafeInteger(context) && context >= 0)) {
    throw new TypeError(`@Public: context must be the position of a parameter, not ${String(context)}`);
  }
  checkStatements('@Public', annotations);
  const fills = fillsOf(
    undefined,
    Object.entries(fill).map(([position, value]) => [Number(position), value]),
    '@Public',
  );
  const said = [...annotations, ...annotationsIn(options), ...(http === undefined ? [] : [Http(http)])];
  return (first: unknown, second: unknown) => {
    decorateMember('@Public', first, second, (record, owner) => {
      record.exposed = true;
      record.readonly = strictest(record.readonly, readonly);
      record.context = context ?? record.context;
      if (fills !== undefined) record.fills = new Map([...record.fills, ...fills]);
      if (said.length > 0) record.annotations.push({ owner, list: said });
    });
  };
}

/**
 * Declares that a method returns a stream. Generator methods are recognized without it; use it for generators that a compiler has
 * turned into plain functions, and for plain methods that return an `AsyncIterable`. It does not make the method public.
 */
export function Stream(): MemberDecorator {
  return (first: unknown, second: unknown) => {
    decorateMember('@Stream', first, second, (record) => {
      record.stream = true;
    });
  };
}

/** Decorator of classes and methods, in both dialects. */
export interface MiddlewareDecorator extends ServiceDecorator, MemberDecorator {}

/**
 * Puts middleware around a method, or around all members of a service when used on its class. The first argument is the outermost; among
 * several decorators, the upper one. Middleware of a class is around that of its methods, that of a base class around that of a derived class.
 *
 * @param middleware classes or objects with `handle(context, next)`, objects with `beforeCall`, `afterCall` and `onError`,
 *   or functions `(next) => handler`
 */
export function UseMiddleware(...middleware: readonly MiddlewareInput[]): MiddlewareDecorator {
  return (first: unknown, second?: unknown) => {
    if (second === undefined || (isStandard(second) && second.kind === 'class')) {
      const record = classMetadata((first as AnyClass).prototype);
      record.middleware = [...middleware, ...record.middleware];
      record.exposure = undefined;
      return;
    }
    decorateMember('@UseMiddleware', first, second, (record, owner) => {
      const own = record.middleware.find((entry) => entry.owner === owner);
      if (own === undefined) record.middleware.push({ owner, list: middleware });
      else own.list = [...middleware, ...own.list];
    });
  };
}
