import { expectTypeOf, it } from 'vitest';
import type { Signal } from '../../src/index.js';
import {
  defineNetronService,
  type NetronClient,
  NetronService,
  NetronStore,
  type UploadProgress,
  useDuplex,
  useMutation,
  useQuery,
} from '../../src/netron/index.js';
import type { IUserService, User } from './server.js';

class UserService extends NetronService<IUserService> {}

interface Synchronous {
  add(a: number, b: number): number;
  feed(): AsyncGenerator<User>;
  pick<T>(of: T[]): Promise<T>;
}
interface ILoose {
  // biome-ignore lint/suspicious/noExplicitAny: a contract may say so
  anything(id: string): Promise<any>;
  typed<T>(key: string): Promise<T>;
  nothing(): Promise<never>;
  items(): AsyncIterable<unknown>;
  optional?(): Promise<string>;
  readonly version: string;
}
class Calculator extends NetronService<Synchronous> {}

it('useQuery infers arguments and result', () => {
  expectTypeOf(useQuery(UserService, 'getUsers').data).toEqualTypeOf<Signal<User[] | undefined>>();
  expectTypeOf(useQuery(UserService, 'getUser', ['1']).data).toEqualTypeOf<Signal<User | undefined>>();
  expectTypeOf(useQuery(UserService, 'getUser', () => ['1'] as [string]).error).toEqualTypeOf<Signal<Error | undefined>>();
  expectTypeOf(useQuery(Calculator, 'add', [1, 2]).data).toEqualTypeOf<Signal<number | undefined>>();
  const names = useQuery(UserService, 'getUsers', [], { transform: (users) => users.map(({ name }) => name) });
  expectTypeOf(names.data).toEqualTypeOf<Signal<string[] | undefined>>();
  expectTypeOf(useQuery(defineNetronService<IUserService>({ name: 'user' }), 'getUser', ['1']).data).toEqualTypeOf<
    Signal<User | undefined>
  >();
});

it('methods with an any result can be queried and called; only existing names are accepted', () => {
  const Loose = defineNetronService<ILoose>({ name: 'loose' });
  useQuery(Loose, 'anything', ['1']);
  expectTypeOf(useQuery(Loose, 'typed', ['1']).data).toEqualTypeOf<Signal<unknown>>();
  expectTypeOf(useMutation(Loose, 'typed').mutate).parameters.toEqualTypeOf<[key: string]>();
  useQuery(Loose, 'nothing');
  // @ts-expect-error a stream
  useQuery(Loose, 'items');
  // @ts-expect-error a property
  useQuery(Loose, 'version');
  // @ts-expect-error may be missing
  useQuery(Loose, 'optional');
  const Named = defineNetronService<Record<string, (...args: string[]) => Promise<number>>>({ name: 'named' });
  expectTypeOf(useQuery(Named, 'whatever', ['1']).data).toEqualTypeOf<Signal<number | undefined>>();
});

it('a contract that is `any` has every method', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a program may begin without a contract
  type None = any;
  class AnyService extends NetronService<None> {}
  expectTypeOf(useQuery(AnyService, 'whatever', ['1', 2]).data).toEqualTypeOf<Signal<unknown>>();
  useQuery(AnyService, 'whatever');
  useMutation(AnyService, 'whatever', { optimistic: (current: User[] | undefined) => current });
  useMutation(AnyService, 'whatever', { optimistic: { method: 'other', update: (current) => current } });
  useDuplex(AnyService, 'whatever', ['1']);
  const Defined = defineNetronService<None>({
    name: 'any',
    mutations: { a: { optimistic: (current: User | undefined) => current } },
  });
  useQuery(Defined, 'b');
});

it('refuses unknown members of the service', () => {
  // @ts-expect-error no such method
  useQuery(UserService, 'getNobody');
  // @ts-expect-error the argument is missing
  useQuery(UserService, 'getUser');
  // @ts-expect-error a number is no id
  useQuery(UserService, 'getUser', [1]);
  // @ts-expect-error a stream is not read by a query
  useQuery(Calculator, 'feed');
  // @ts-expect-error a protected member of the base
  useQuery(UserService, 'query');
  // @ts-expect-error no such method
  defineNetronService<IUserService>({ name: 'user', queries: { nobody: {} } });
});

it('useMutation passes the arguments of the method', () => {
  const rename = useMutation(UserService, 'rename', {
    optimistic: (current: User[] | undefined, id, name) => (id === name ? current : undefined),
  });
  expectTypeOf(rename.mutate).parameters.toEqualTypeOf<[id: string, name: string]>();
  expectTypeOf(rename.mutate).returns.resolves.toEqualTypeOf<User>();
  // @ts-expect-error an argument is missing
  void rename.mutate('1');
});

it('an optimistic update of one query knows its data, in every form', () => {
  const renamed = (users: User[] | undefined, id: string, name: string) =>
    users?.map((user) => (user.id === id ? { ...user, name } : user));
  useMutation(UserService, 'rename', {
    optimistic: {
      method: 'getUsers',
      update: (current, id, name) => {
        expectTypeOf(current).toEqualTypeOf<User[] | undefined>();
        expectTypeOf([id, name]).toEqualTypeOf<string[]>();
        return current?.map((user) => (user.id === id ? { ...user, name } : user));
      },
    },
  });
  // The order of the properties does not matter, and `update` may be a method or a function of its own.
  useMutation(UserService, 'rename', { optimistic: { update: (current) => current?.slice(1), method: 'getUsers' } });
  useMutation(UserService, 'rename', { optimistic: { method: 'getUsers', update: renamed } });
  const Users = defineNetronService<IUserService>({
    name: 'user',
    mutations: {
      rename: {
        onSuccess: (user) => void expectTypeOf(user).toEqualTypeOf<User>(),
        optimistic: {
          method: 'getUser',
          args: ['1'],
          update: (current, id, name) => (current?.id === id ? { ...current, name } : current),
        },
      },
      fail: { optimistic: (current: User[] | undefined, message) => current?.map((user) => ({ ...user, name: message })) },
    },
  });
  useMutation(Users, 'rename', {
    optimistic: {
      method: 'getUser',
      args: ['1'],
      update(current, id, name) {
        return current?.id === id ? { ...current, name } : current;
      },
    },
  });
  useMutation(Calculator, 'add', { optimistic: { method: 'add', args: [1, 2], update: (sum = 0, a) => sum + a } });
  class UserStore extends NetronStore<IUserService> {
    rename(id: string) {
      return this.mutate('rename', [id, 'x'], {
        optimistic: { method: 'getUsers', update: (current, _id, name) => current?.map((user) => ({ ...user, name })) },
      });
    }
    fail() {
      return this.mutate('fail', ['no'], {
        optimistic: (current: User[] | undefined, message) => (message ? current : undefined),
      });
    }
  }
  void UserStore;
});

it('an optimistic update of one query is about a query that there is, its arguments and its data', () => {
  // @ts-expect-error no such method
  useMutation(UserService, 'rename', { optimistic: { method: 'getNobody', update: () => undefined } });
  // @ts-expect-error a stream has no data in the cache
  useMutation(Calculator, 'add', { optimistic: { method: 'feed', update: () => undefined } });
  // @ts-expect-error one user has an id
  useMutation(UserService, 'rename', { optimistic: { method: 'getUser', update: (current) => current } });
  // @ts-expect-error a number is no id
  useMutation(UserService, 'rename', { optimistic: { method: 'getUser', args: [1], update: (current) => current } });
  // @ts-expect-error a name is no list of users
  useMutation(UserService, 'rename', { optimistic: { method: 'getUsers', update: (_current, _id, name) => name } });
  defineNetronService<IUserService>({
    name: 'user',
    // @ts-expect-error one user has an id
    mutations: { rename: { optimistic: { method: 'getUser', update: (current) => current } } },
  });
});

it('an optimistic update must accept `undefined`, since the value may not be cached', () => {
  const users = (current: User[]) => current;
  // @ts-expect-error nothing may be cached with the tags
  useMutation(UserService, 'rename', { invalidate: ['users'], optimistic: users });
  // @ts-expect-error the read may not be cached
  useMutation(UserService, 'rename', { optimistic: { method: 'getUsers', update: users } });
  // @ts-expect-error as by name
  void ({} as NetronClient).mutate('user', 'rename', ['1', 'Ada'], { optimistic: users });
  // @ts-expect-error as a default option
  defineNetronService<IUserService>({ name: 'user', mutations: { rename: { optimistic: users } } });
  void ({} as NetronClient).mutate('user', 'rename', ['1', 'Ada'], { optimistic: (current: User[] | undefined) => current });
  useMutation(UserService, 'rename', { optimistic: () => {} });
  useMutation(UserService, 'rename', { optimistic: (_current: unknown, id) => void id.length });
  useMutation(UserService, 'rename', {
    optimistic: { method: 'getUsers', update: (current: User[] | undefined) => current?.slice(1) },
  });
});

it('the data of tags, which any query may have, is annotated, and the result is data of the same type', () => {
  useMutation(UserService, 'rename', { optimistic: (current) => expectTypeOf(current).toBeUnknown() });
  const either = <T extends User | User[]>(current: T | undefined): T | undefined => current;
  useMutation(UserService, 'rename', { invalidate: ['users'], optimistic: either });
  // @ts-expect-error a name is no list of users
  useMutation(UserService, 'rename', { invalidate: ['users'], optimistic: (_users: User[] | undefined, _id, name) => name });
});

interface Rooms {
  join(room: string, said: AsyncIterable<string>): AsyncIterable<number>;
  echo(said: AsyncIterable<Date>): AsyncGenerator<Date>;
  upload(bytes: ReadableStream<Uint8Array>): AsyncIterable<number>;
  sum(numbers: AsyncIterable<number>): Promise<number>;
}
class RoomsService extends NetronService<Rooms> {}

it('useDuplex infers the types of sent and received items', () => {
  const chat = useDuplex(RoomsService, 'join', ['attic']);
  expectTypeOf(chat.data).toEqualTypeOf<Signal<number | undefined>>();
  expectTypeOf(chat.send).parameters.toEqualTypeOf<[item: string]>();
  expectTypeOf(useDuplex(RoomsService, 'echo').send).parameters.toEqualTypeOf<[item: Date]>();
  // @ts-expect-error the room is missing
  useDuplex(RoomsService, 'join');
  // @ts-expect-error a room is a string
  useDuplex(RoomsService, 'join', [1]);
  // @ts-expect-error bytes are sent as an argument of a stream
  useDuplex(RoomsService, 'upload');
  // @ts-expect-error it answers with one value
  useDuplex(RoomsService, 'sum');
});

it('useMutation exposes the progress of uploads', () => {
  expectTypeOf(useMutation(UserService, 'rename').progress).toEqualTypeOf<Signal<UploadProgress | undefined>>();
});

it("a store's actions may have the names of methods of its contract", () => {
  class UserStore extends NetronStore<IUserService> {
    async getUsers(): Promise<void> {
      expectTypeOf(await this.query('getUsers', [])).toEqualTypeOf<User[]>();
    }
    async rename(id: string): Promise<void> {
      expectTypeOf(await this.mutate('rename', [id, 'x'])).toEqualTypeOf<User>();
    }
  }
  expectTypeOf<ReturnType<UserStore['getUsers']>>().toEqualTypeOf<Promise<void>>();
});
