import { expectTypeOf, it } from 'vitest';
import {
  type Annotation,
  createAnnotation,
  createParameter,
  defineService,
  type Filled,
  type Handler,
  inPlace,
  type MemberInfo,
  type Middleware,
  Public,
  type Remote,
  Safe,
  Service,
  withAnnotations,
} from '../../index.js';
import type { CallContext } from '../call/context.js';
import type { ContextFree, MissingContext } from './dialect.js';

const Roles = createAnnotation<readonly string[]>({ name: 'roles', merge: (outer, inner) => [...outer, ...inner] });
declare const member: MemberInfo;

it('the read value has the type of the annotation', () => {
  expectTypeOf(Roles).toEqualTypeOf<Annotation<readonly string[]>>();
  expectTypeOf(member.annotation(Roles)).toEqualTypeOf<readonly string[] | undefined>();
  expectTypeOf(member.annotation(Safe)).toEqualTypeOf<boolean | undefined>();
  // @ts-expect-error a list of texts
  Roles('admin');
  // @ts-expect-error it says something
  Roles();
  Safe();
  Safe(false);
});

it('annotations are decorators of classes and members, and entries of defineService', () => {
  @Roles(['user'])
  @Service('a')
  class A {
    @Roles(['admin'])
    @Public({ safe: true, annotations: [Roles(['x'])] })
    get(): number {
      return 1;
    }
  }
  void A;
  const get = withAnnotations((id: string) => id.length, Roles(['admin']));
  expectTypeOf(get).toEqualTypeOf<(id: string) => number>();
  defineService({ name: 'a', annotations: [Roles(['user'])], methods: { get } });
  // @ts-expect-error no statement
  defineService({ name: 'a', annotations: ['roles'], methods: { get } });
});

it('middleware of one and of two parameters is middleware', () => {
  const one = (next: Handler): Handler => next;
  const two = (next: Handler, { name }: MemberInfo): Handler => (name === 'get' ? next : (call) => next(call));
  expectTypeOf(one).toExtend<Middleware>();
  expectTypeOf(two).toExtend<Middleware>();
  inPlace('rights', two);
  inPlace((info) => (info.annotation(Roles) === undefined ? 'service' : 'rights'), one);
  // @ts-expect-error no such place
  inPlace('nowhere', one);
});

it('a parameter that nothing is said to fill is refused with what to say', () => {
  type ForContext = MissingContext<'say where the RequestContext goes: @Public({ context: 0 })'>;
  type ForFilled = MissingContext<'say what fills the parameter: @Public({ fill: { 0: (call) => call.user } })'>;
  expectTypeOf<ContextFree<(context: CallContext, id: string) => void>>().toEqualTypeOf<ForContext>();
  expectTypeOf<ContextFree<(user: Filled<{ id: string }>) => void>>().toEqualTypeOf<ForFilled>();
  expectTypeOf<ContextFree<(id: string, user?: Filled<{ id: string }>) => void>>().toEqualTypeOf<ForFilled>();
  expectTypeOf<ContextFree<(id: string) => void>>().toEqualTypeOf<unknown>();
});

it('parameters that the callee fills are left out for the caller', () => {
  class Users {
    first(_user: Filled<{ id: string }>, _text: string): void {}
    last(_text: string, _user: Filled<string>): number {
      return 1;
    }
    optional(_text: string, _user?: Filled<string>): void {}
    alone(_user?: Filled<string>): void {}
    async plain(_text: string): Promise<void> {}
  }
  type Client = Remote<Users>;
  expectTypeOf<Client['first']>().toEqualTypeOf<(text: string) => Promise<void>>();
  expectTypeOf<Client['last']>().toEqualTypeOf<(text: string) => Promise<number>>();
  expectTypeOf<Parameters<Client['optional']>>().toEqualTypeOf<[text: string]>();
  expectTypeOf<Parameters<Client['alone']>>().toEqualTypeOf<[]>();
  expectTypeOf<Client['plain']>().toEqualTypeOf<Users['plain']>();
  const CurrentUser = createParameter((call) => call.user);
  class Decorated {
    @Public() get(@CurrentUser _user: Filled<string>): void {}
  }
  void Decorated;
  defineService({
    name: 'a',
    methods: { get: (_user: Filled<string>) => 1 },
    fill: {
      get: { 0: (call) => call.user },
      // @ts-expect-error no such method
      set: { 0: () => 1 },
    },
  });
});
