import type { Filled } from '@omnitron-dev/netron';
import { describe, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import {
  type Application,
  type ContractClient,
  defineContract,
  defineTitanService,
  type Keeps,
  Public,
  remote,
  TitanService,
  Validate,
} from '../index.js';

const users = defineContract({
  name: 'users',
  version: '1.0.0',
  contract: {
    create: {
      input: z.object({ email: z.string(), age: z.coerce.number() }),
      output: z.object({ id: z.string().transform(Number) }),
    },
    move: { input: [z.string(), z.number()], output: z.boolean() },
    find: { input: z.string().optional(), output: z.string().nullable() },
    list: { input: z.number(), output: z.date(), stream: true },
  },
});
type C = typeof users.contract;

class Good {
  create(data: { email: string; age: number }, _user?: Filled<string>) {
    return { id: data.email };
  }
  async move(_from: string) {
    return true;
  }
  find(_id?: string): string | null {
    return null;
  }
  async *list(_count: number) {
    yield new Date();
  }
  own(_anything: symbol) {}
}
class Takes extends Good {
  override create(data: { email: string; age: number; more?: never }) {
    return { id: data.email };
  }
}
class WrongArgument extends Good {
  // @ts-expect-error the base class takes another one, too
  override create(data: { email: number }) {
    return { id: String(data.email) };
  }
}
class WrongResult extends Good {
  // @ts-expect-error the base class gives another one, too
  override async move(_from: string) {
    return 'moved';
  }
}
class NoStream extends Good {
  // @ts-expect-error the base class gives a stream, too
  override list(_count: number) {
    return new Date();
  }
}
class Missing {
  create = undefined;
}

describe('a class against its contract', () => {
  it('fits, with fewer parameters and with those that the callee fills', () => {
    expectTypeOf<Keeps<Good, C>>().toEqualTypeOf<unknown>();
    expectTypeOf<Keeps<Takes, C>>().toEqualTypeOf<unknown>();
    TitanService(users)(Good);
    TitanService({ name: 'free' })(Good);
  });
  it('fits where anything may come, declared as something that is there', () => {
    const anything = { any: { input: z.any() }, unknown: { input: z.unknown() } } as const;
    class Takes {
      any(value: unknown) {
        return value;
      }
      unknown(value: unknown) {
        return value;
      }
    }
    expectTypeOf<Keeps<Takes, typeof anything>>().toEqualTypeOf<unknown>();
  });
  it('fits where an argument may be left out, however the method declares it, or without it', () => {
    const optional = { text: { input: z.string().optional() }, list: { input: [z.string(), z.number().optional()] } } as const;
    class Declares {
      text(value: string | undefined) {
        return value;
      }
      list(_text: string, _count: number | undefined, _user: Filled<string> | undefined) {}
    }
    class Defaults {
      text(value = '', _user?: Filled<string>) {
        return value;
      }
      list(_text: string, _count = 5) {}
    }
    class Takes {
      text() {}
      list() {}
    }
    class Rest {
      text(...values: (string | undefined)[]) {
        return values;
      }
      list(..._values: unknown[]) {}
    }
    class Wants {
      text(value: string) {
        return value;
      }
      list(_text: string, _count: number) {}
    }
    class WantsMore {
      text(_value: string | undefined, _more: number) {}
      list() {}
    }
    expectTypeOf<Keeps<Declares, typeof optional>>().toEqualTypeOf<unknown>();
    expectTypeOf<Keeps<Defaults, typeof optional>>().toEqualTypeOf<unknown>();
    expectTypeOf<Keeps<Takes, typeof optional>>().toEqualTypeOf<unknown>();
    expectTypeOf<Keeps<Rest, typeof optional>>().toEqualTypeOf<unknown>();
    expectTypeOf<keyof Keeps<Wants, typeof optional>>().toEqualTypeOf<'but takes'>();
    expectTypeOf<keyof Keeps<WantsMore, typeof optional>>().toEqualTypeOf<'text gets' | 'but takes'>();
    TitanService({ name: 'optional', contract: optional })(Declares);
    TitanService({ name: 'optional', contract: optional })(Takes);
    // @ts-expect-error text may get undefined
    TitanService({ name: 'optional', contract: optional })(Wants);
    defineTitanService({
      name: 'optional',
      contract: optional,
      methods: { text: (value: string | undefined) => value, list: (_text: string) => {} },
    });
    defineTitanService({ name: 'optional', contract: optional, methods: { text: () => 1, list: () => {} } });
  });
  it('does not fit: the error is a sentence', () => {
    type Said<T> = { [K in keyof T]: T[K] };
    expectTypeOf<Said<Keeps<WrongArgument, C>>>().toEqualTypeOf<{
      readonly 'create gets': [value: { email: string; age: number }];
      readonly 'but takes': [data: { email: number }];
    }>();
    expectTypeOf<Said<Keeps<WrongResult, C>>>().toEqualTypeOf<{
      readonly 'move gives': string;
      readonly 'but has to give': boolean;
    }>();
    expectTypeOf<keyof Keeps<NoStream, C>>().toEqualTypeOf<'list gives' | 'but has to give'>();
    // @ts-expect-error create gets what it does not take
    TitanService(users)(WrongArgument);
    // @ts-expect-error move gives what it must not
    TitanService(users)(WrongResult);
    // @ts-expect-error list is not a stream
    TitanService(users)(NoStream);
    // @ts-expect-error members are missing
    TitanService(users)(Missing);
  });
});

describe('clients', () => {
  it('take what schemas take and give what they give', () => {
    type Client = ContractClient<C>;
    expectTypeOf<Parameters<Client['create']>>().toEqualTypeOf<[value: { email: string; age: unknown }]>();
    expectTypeOf<ReturnType<Client['create']>>().resolves.toEqualTypeOf<{ id: number }>();
    expectTypeOf<Parameters<Client['move']>>().toEqualTypeOf<[string, number]>();
    expectTypeOf<Parameters<Client['find']>>().toEqualTypeOf<[value?: string | undefined]>();
    const items = (client: Client) => client.list(1);
    expectTypeOf<ReturnType<typeof items>>().toMatchTypeOf<AsyncIterable<Date>>();
  });
  it('of a list leave out those at the end that may be', () => {
    const text = z.string();
    const optional = text.optional();
    type ArgumentsOf<I extends readonly z.ZodType[]> = Parameters<ContractClient<{ call: { input: I } }>['call']>;
    type Text = typeof text;
    type Optional = typeof optional;
    expectTypeOf<ArgumentsOf<[Text, Optional, Optional]>>().toEqualTypeOf<
      [string, (string | undefined)?, (string | undefined)?]
    >();
    expectTypeOf<ArgumentsOf<[Optional, Text]>>().toEqualTypeOf<[string | undefined, string]>();
    expectTypeOf<ArgumentsOf<[]>>().toEqualTypeOf<[]>();
    const call = (client: ContractClient<{ call: { input: [Text, Optional] } }>) => client.call('a');
    expectTypeOf<ReturnType<typeof call>>().resolves.toBeUnknown();
  });
  it('by contract, class or name', () => {
    const app = {} as Application;
    expectTypeOf(app.connectToService(users).move('a', 1)).resolves.toEqualTypeOf<boolean>();
    expectTypeOf(app.connectToService(Good).find('a')).resolves.toEqualTypeOf<string | null>();
    expectTypeOf(app.connectToService<Good>('users@1.0.0').find('a')).resolves.toEqualTypeOf<string | null>();
    // @ts-expect-error no such method
    app.connectToService(users).remove('a');
    expectTypeOf(remote(users).description).toEqualTypeOf<string>();
  });
});

describe('without decorators', () => {
  it('parameters and results are inferred from the contract', () => {
    defineTitanService({
      ...users,
      methods: {
        create(data) {
          expectTypeOf(data).toEqualTypeOf<{ email: string; age: number }>();
          return { id: data.email };
        },
        move: (from, to) => {
          expectTypeOf(from).toEqualTypeOf<string>();
          expectTypeOf(to).toEqualTypeOf<number>();
          return true;
        },
        find: async (id) => id ?? null,
        async *list(count) {
          yield new Date(count);
        },
      },
    });
    // @ts-expect-error methods are missing
    defineTitanService({ ...users, methods: { move: () => true } });
  });
});

describe('Validate', () => {
  it('fits the method', () => {
    class V {
      @Public()
      @Validate({ input: z.string(), output: z.number() })
      fits(text: string) {
        return text.length;
      }
      // @ts-expect-error the method takes a number
      @Validate({ input: z.string() })
      takes(_count: number) {}
      // @ts-expect-error the method gives a text
      @Validate({ output: z.number() })
      async gives() {
        return 'text';
      }
      @Validate({ input: z.object({ email: z.string() }) })
      // biome-ignore lint/suspicious/noExplicitAny: as in the founding documents
      loose(_input: any) {}
    }
    expectTypeOf<V>().toBeObject();
  });
});
