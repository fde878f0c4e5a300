import { expectTypeOf, it } from 'vitest';
import type { Signal } from '../../src/index.js';
import {
  defineNetronService,
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

it('methods whose result could be anything are queried and called; a name is one of those that there are', () => {
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

it('refuses what the service does not have', () => {
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

it('an optimistic update takes `undefined` for what is not cached, whatever it is about', () => {
  const users = (current: User[]) => current;
  // @ts-expect-error nothing may be cached with the tags
  useMutation(UserService, 'rename', { invalidate: ['users'], optimistic: users });
  // @ts-expect-error the read may not be cached
  useMutation(UserService, 'rename', { optimistic: { method: 'getUsers', update: users } });
  // @ts-expect-error as by name
  void ({} as NetronClient).mutate('user', 'rename', ['1', 'Ada'], { optimistic: users });
  useMutation(UserService, 'rename', { optimistic: () => {} });
  useMutation(UserService, 'rename', { optimistic: (_current: unknown, id) => void id.length });
  useMutation(UserService, 'rename', {
    optimistic: { method: 'getUsers', update: (current: User[] | undefined) => current?.slice(1) },
  });
});

interface Rooms {
  join(room: string, said: AsyncIterable<string>): AsyncIterable<number>;
  echo(said: AsyncIterable<Date>): AsyncGenerator<Date>;
  upload(bytes: ReadableStream<Uint8Array>): AsyncIterable<number>;
  sum(numbers: AsyncIterable<number>): Promise<number>;
}
class RoomsService extends NetronService<Rooms> {}

it('useDuplex knows what is sent and what comes', () => {
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

it('useMutation has the progress of uploads', () => {
  expectTypeOf(useMutation(UserService, 'rename').progress).toEqualTypeOf<Signal<UploadProgress | undefined>>();
});

it("a store's actions may be called as methods of its contract are", () => {
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
