// biome-ignore-all lint/suspicious/noExplicitAny: any is one of the types that are tested
import { describe, expectTypeOf, it } from 'vitest';
import { resultOf } from '../../peer/calls/result-of.js';
import { ServiceBase } from '../emitter.js';
import type { CallContext } from './context.js';
import type { Queried, Remote, RemoteFunction, RemoteObject, RemoteStream } from './remote.js';
import type { RemoteEvents } from './remote-events.js';
import type { NotSerializable } from './sendable.js';

/** Type-level stand-in for `queryInterface`. */
declare function query<T>(name: string): Promise<Queried<T>>;

interface User {
  id: string;
  role: 'admin' | 'user';
  createdAt: Date;
  manager: User | null;
  tags?: Set<string>;
}

class Calculator {
  private memory = 0;
  protected unit = 'm';
  version = '1.0.0';
  get total(): number {
    return this.memory;
  }
  add(a: number, b: number): number {
    return a + b;
  }
  async multiply(a: number, b: number): Promise<number> {
    return a * b;
  }
  reset(to = 0): void {
    this.memory = to;
  }
  async *count(_to: number): AsyncGenerator<number> {
    yield 1;
  }
  *range(_to: number): Generator<number> {
    yield 1;
  }
  find(_id: string): User | null {
    return null;
  }
}

describe('Remote of a class', () => {
  type Client = Remote<Calculator>;

  it('a method returns a promise and keeps its parameters', () => {
    expectTypeOf<Client['add']>().toEqualTypeOf<(a: number, b: number) => Promise<number>>();
    expectTypeOf<Client['multiply']>().toEqualTypeOf<(a: number, b: number) => Promise<number>>();
    expectTypeOf<Client['reset']>().toEqualTypeOf<(to?: number) => Promise<void>>();
    expectTypeOf<Client['find']>().toEqualTypeOf<(id: string) => Promise<User | null>>();
  });

  it('a generator returns a stream that can be iterated and awaited', async () => {
    expectTypeOf<Client['count']>().toEqualTypeOf<(to: number) => RemoteStream<number>>();
    expectTypeOf<Client['range']>().toEqualTypeOf<(to: number) => RemoteStream<number>>();
    const client = await query<Calculator>('calculator');
    for await (const item of client.count(3)) expectTypeOf(item).toEqualTypeOf<number>();
    for await (const item of await client.count(3)) expectTypeOf(item).toEqualTypeOf<number>();
  });

  it('a property is read by awaiting it and not assigned', async () => {
    expectTypeOf<Client['version']>().toEqualTypeOf<Promise<string>>();
    expectTypeOf<Client['total']>().toEqualTypeOf<Promise<number>>();
    const client = await query<Calculator>('calculator');
    // @ts-expect-error a remote property is not assigned
    client.version = '2';
  });

  it('private and protected members are left out', async () => {
    const client = await query<Calculator>('calculator');
    // @ts-expect-error private
    client.memory;
    // @ts-expect-error protected
    client.unit;
  });

  it('wrong calls do not compile', async () => {
    const client = await query<Calculator>('calculator');
    // @ts-expect-error one argument is missing
    client.add(1);
    // @ts-expect-error not a number
    client.add('1', 2);
    // @ts-expect-error no such method
    client.subtract(1, 2);
    // @ts-expect-error a promise is not a number
    client.add(1, 2).toFixed();
  });
});

interface ICalculator {
  add(a: number, b: number): Promise<number>;
  getUser(id: string): Promise<User | null>;
  list(options: { limit: number; after?: Date }): Promise<{ items: User[]; next?: string }>;
  parse(text: string): Promise<number>;
  parse(text: Uint8Array, encoding: string): Promise<number>;
  same<T extends { id: string }>(item: T): Promise<T>;
  batchProcess<T, R>(items: T[], processor: (item: T) => Promise<R>, batchSize?: number): Promise<R[]>;
  prices(symbols: string[]): AsyncIterable<number>;
  ticks(): AsyncGenerator<User>;
  later(): Promise<AsyncIterable<Uint8Array>>;
  download(name: string): Promise<ReadableStream<Uint8Array>>;
  upload(name: string, content: ReadableStream<Uint8Array>): Promise<number>;
  watch(id: string, changed: (user: User) => void): Promise<void>;
  notify(text: string): void;
  open(token: string): Promise<ISession>;
  readonly version: Promise<string>;
}

interface ISession {
  profile(): Promise<IProfile>;
  close(): Promise<void>;
}

interface IProfile {
  avatar(size: number): Promise<Uint8Array>;
}

describe('Remote of an interface whose methods return promises', () => {
  it('is assignable to the interface', async () => {
    const client: ICalculator = await query<ICalculator>('calculator');
    expectTypeOf(client.add(1, 2)).toEqualTypeOf<Promise<number>>();
  });

  it('methods that return plain data keep their results', () => {
    expectTypeOf<Remote<ICalculator>['add']>().toEqualTypeOf<ICalculator['add']>();
    expectTypeOf<Remote<ICalculator>['list']>().toEqualTypeOf<ICalculator['list']>();
    expectTypeOf<Remote<ICalculator>['version']>().toEqualTypeOf<Promise<string>>();
  });

  it('keeps overloads', async () => {
    const client = await query<ICalculator>('calculator');
    expectTypeOf(client.parse('1')).toEqualTypeOf<Promise<number>>();
    expectTypeOf(client.parse(new Uint8Array(), 'utf8')).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error no overload takes a number
    client.parse(1);
  });

  it('SV-36: keeps type parameters, also with function arguments', async () => {
    const client = await query<ICalculator>('calculator');
    expectTypeOf(client.same({ id: 'a', extra: 1 })).toEqualTypeOf<Promise<{ id: string; extra: number }>>();
    const results = await client.batchProcess([1, 2], async (item) => String(item), 100);
    expectTypeOf(results).toEqualTypeOf<string[]>();
  });

  it('accepts wider types for streams and functions', async () => {
    const client = await query<ICalculator>('calculator');
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1);
    }
    expectTypeOf(client.upload('a', chunks())).toEqualTypeOf<Promise<number>>();
    client.upload('a', new ReadableStream<Uint8Array>());
    // @ts-expect-error a string is not a stream
    client.upload('a', 'b');
    client.watch('a', (user) => console.log(user.id));
    client.watch('a', async (user) => console.log(user.id));
    // @ts-expect-error the user is no number
    client.watch('a', (user: number) => console.log(user));
    for await (const price of client.prices(['A'])) expectTypeOf(price).toEqualTypeOf<number>();
    for await (const price of await client.prices(['A'])) expectTypeOf(price).toEqualTypeOf<number>();
    for await (const chunk of await client.later()) expectTypeOf(chunk).toEqualTypeOf<Uint8Array>();
    expectTypeOf(client.download('a')).toEqualTypeOf<Promise<ReadableStream<Uint8Array>>>();
  });

  it('a call on a result compiles before the result is awaited', async () => {
    const client = await query<ICalculator>('calculator');
    expectTypeOf(client.open('t').profile().avatar(64)).toEqualTypeOf<Promise<Uint8Array>>();
    using session = await client.open('t');
    expectTypeOf(session).toEqualTypeOf<RemoteObject<ISession>>();
    expectTypeOf(await (await session.profile()).avatar(1)).toEqualTypeOf<Uint8Array>();
    // @ts-expect-error data has no members to call before it is there
    client.getUser('1').id;
    // @ts-expect-error no such member
    client.open('t').profil();
  });

  it('an interface with a synchronous method is not a remote interface', async () => {
    // @ts-expect-error the remote method returns a promise
    const client: { add(a: number, b: number): number } = await query<{ add(a: number, b: number): number }>('calculator');
    void client;
  });
});

class Session {
  constructor(readonly user: User) {}
  rename(_name: string): User {
    return this.user;
  }
  close(): void {}
}

class Api {
  auth(_token: string): Session {
    return new Session({} as User);
  }
  maybe(_token: string): Session | null {
    return null;
  }
  all(): { sessions: Session[]; total: number } {
    return { sessions: [], total: 0 };
  }
  counter(_step: number): (by?: number) => number {
    return () => 0;
  }
  each(_items: number[], _visit: (item: number, index: number) => string): string[] {
    return [];
  }
  attach(_log: { write(text: string): Promise<void>; level: number }): void {}
  whoAmI(_context: CallContext, suffix: string): string {
    return suffix;
  }
  last(prefix: string, _context: CallContext): string {
    return prefix;
  }
  first<T>(items: T[]): T | undefined {
    return items[0];
  }
  optional?(): number;
  anything(value: any): any {
    return value;
  }
  unknownValue(value: unknown): unknown {
    return value;
  }
  fail(): never {
    throw new Error('always');
  }
}

describe('references', () => {
  type Client = Remote<Api>;

  it('a service object in a result is remote, disposable, and can be called at once', async () => {
    expectTypeOf<Awaited<ReturnType<Client['auth']>>>().toEqualTypeOf<RemoteObject<Session>>();
    const api = await query<Api>('api');
    expectTypeOf(api.auth('t').rename('n')).toEqualTypeOf<Promise<User>>();
    expectTypeOf(api.auth('t').user).toEqualTypeOf<Promise<User>>();
    using session = await api.auth('t');
    expectTypeOf(session.rename('n')).toEqualTypeOf<Promise<User>>();
  });

  it('a service object that may be missing has to be awaited first', async () => {
    const api = await query<Api>('api');
    expectTypeOf(await api.maybe('t')).toEqualTypeOf<RemoteObject<Session> | null>();
    // @ts-expect-error it may be null
    api.maybe('t').rename('n');
  });

  it('service objects inside of data are remote, too', async () => {
    expectTypeOf<Awaited<ReturnType<Client['all']>>>().toEqualTypeOf<{ sessions: RemoteObject<Session>[]; total: number }>();
  });

  it('a function in a result is remote and disposable', async () => {
    const api = await query<Api>('api');
    using counter = await api.counter(1);
    expectTypeOf(counter).toEqualTypeOf<RemoteFunction<(by?: number) => number>>();
    expectTypeOf(counter(2)).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error a promise is not called; the function is, once it is there
    expectTypeOf(api.counter(1)(2)).toEqualTypeOf<Promise<number>>();
  });

  it('SV-36: a function argument may be synchronous or asynchronous', async () => {
    const api = await query<Api>('api');
    expectTypeOf(api.each([1], (item, index) => (item + index).toFixed())).toEqualTypeOf<Promise<string[]>>();
    api.each([1], async (item) => String(item));
    // @ts-expect-error it has to answer with a string
    api.each([1], (item) => item);
  });

  it('methods of an object argument may be synchronous or asynchronous', async () => {
    const api = await query<Api>('api');
    api.attach({ write: () => {}, level: 1 });
    api.attach({ write: async (text) => console.log(text.length), level: 1 });
    // @ts-expect-error the level is missing
    api.attach({ write: () => {} });
  });

  it('SV-30: the call context is not a parameter of the caller', () => {
    expectTypeOf<Client['whoAmI']>().toEqualTypeOf<(suffix: string) => Promise<string>>();
    expectTypeOf<Client['last']>().toEqualTypeOf<(prefix: string) => Promise<string>>();
  });

  it('type parameters of a synchronous method become their bounds', () => {
    expectTypeOf<Client['first']>().toEqualTypeOf<(items: unknown[]) => Promise<unknown>>();
  });

  it('any, unknown, never and optional methods', () => {
    expectTypeOf<Client['anything']>().toEqualTypeOf<(value: any) => Promise<any>>();
    expectTypeOf<Client['unknownValue']>().toEqualTypeOf<(value: unknown) => Promise<unknown>>();
    expectTypeOf<Client['fail']>().toEqualTypeOf<() => Promise<never>>();
    expectTypeOf<Client['optional']>().toEqualTypeOf<(() => Promise<number>) | undefined>();
    expectTypeOf<Remote<any>>().toBeAny();
  });
});

class Values {
  date = new Date();
  all(value: {
    map: Map<string, Date>;
    set: Set<bigint>;
    bytes: Uint8Array;
    buffer: ArrayBuffer;
    floats: Float64Array;
    url: URL;
    error: TypeError;
    blob: Blob;
    tuple: [a: number, b?: string];
    record: Record<string, number | undefined>;
    dynamic: any;
  }) {
    return value;
  }
  file(file: File): Blob {
    return file;
  }
  stream(): ReadableStream<string> {
    return new ReadableStream();
  }
  tree(node: Tree): Tree {
    return node;
  }
}

interface Tree {
  value: number;
  children: Tree[];
  parent: Tree | undefined;
}

describe('SV-33: values', () => {
  type Client = Remote<Values>;

  it('pass as they are', () => {
    expectTypeOf<Awaited<ReturnType<Client['all']>>>().toEqualTypeOf<ReturnType<Values['all']>>();
    expectTypeOf<Parameters<Client['all']>>().toEqualTypeOf<Parameters<Values['all']>>();
    expectTypeOf<Client['file']>().toEqualTypeOf<(file: File) => Promise<Blob>>();
    expectTypeOf<Client['stream']>().toEqualTypeOf<() => Promise<ReadableStream<string>>>();
    expectTypeOf<Client['date']>().toEqualTypeOf<Promise<Date>>();
  });

  it('types that contain themselves pass', () => {
    expectTypeOf<Client['tree']>().toEqualTypeOf<(node: Tree) => Promise<Tree>>();
  });
});

class Unsendable {
  key = Symbol('key');
  symbol(): symbol {
    return this.key;
  }
  takesSymbol(_key: symbol): void {}
  nested(): { inside: { cache: WeakMap<object, string> } } {
    return { inside: { cache: new WeakMap() } };
  }
  promised(): { user: Promise<User> } {
    return { user: Promise.resolve({} as User) };
  }
  pattern(_pattern: RegExp): void {}
  weak(): WeakRef<User> | undefined {
    return undefined;
  }
  seen(_seen: { ids: WeakSet<object> }[]): void {}
}

describe('a value that cannot be sent names the reason', () => {
  type Client = Remote<Unsendable>;

  it('in results and properties', () => {
    expectTypeOf<Client['key']>().toEqualTypeOf<Promise<NotSerializable<'a symbol cannot be sent'>>>();
    expectTypeOf<ReturnType<Client['symbol']>>().toEqualTypeOf<Promise<NotSerializable<'a symbol cannot be sent'>>>();
    expectTypeOf<ReturnType<Client['nested']>>().toEqualTypeOf<
      Promise<{ inside: { cache: NotSerializable<'what is held weakly cannot be sent'> } }>
    >();
    expectTypeOf<ReturnType<Client['promised']>>().toEqualTypeOf<
      Promise<{ user: NotSerializable<'a promise inside of data cannot be sent: await it first'> }>
    >();
    expectTypeOf<ReturnType<Client['weak']>>().toEqualTypeOf<
      Promise<NotSerializable<'what is held weakly cannot be sent'> | undefined>
    >();
  });

  it('in arguments', async () => {
    expectTypeOf<Parameters<Client['takesSymbol']>>().toEqualTypeOf<[_key: NotSerializable<'a symbol cannot be sent'>]>();
    expectTypeOf<Parameters<Client['seen']>[0]>().toEqualTypeOf<
      { ids: NotSerializable<'what is held weakly cannot be sent'> }[]
    >();
    const client = await query<Unsendable>('unsendable');
    // @ts-expect-error NotSerializable<'a symbol cannot be sent'>
    client.takesSymbol(Symbol('x'));
    client.pattern(/x/);
  });
});

interface FileEvents {
  'upload:progress': { filename: string; bytesWritten: number };
  idle: undefined;
  [doc: `doc:${string}:update`]: number;
}

class Files extends ServiceBase<FileEvents> {
  upload(name: string): void {
    this.emit('upload:progress', { filename: name, bytesWritten: 1 });
    this.emit('idle');
    this.emit(`doc:${name}:update`, 1);
    // @ts-expect-error no such event
    this.emit('upload:progres', { filename: name, bytesWritten: 1 });
    // @ts-expect-error the data is missing
    this.emit('upload:progress');
    // @ts-expect-error bytesWritten is missing
    this.emit('upload:progress', { filename: name });
  }
}

interface IFiles extends RemoteEvents<FileEvents> {
  upload(name: string): Promise<void>;
}

describe('SV-28: events', () => {
  it('are subscribed to by name, with their data', async () => {
    const files = await query<Files>('files');
    const off = await files.on('upload:progress', (progress) => {
      expectTypeOf(progress).toEqualTypeOf<{ filename: string; bytesWritten: number }>();
    });
    expectTypeOf(off()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(files.upload('a')).toEqualTypeOf<Promise<void>>();
    // @ts-expect-error no such event
    files.on('upload:start', () => {});
    // @ts-expect-error emit is the service's own
    files.emit('idle');
    // @ts-expect-error so is its node
    files.netron;
  });

  it('are typed for an interface, too', async () => {
    const files: IFiles = await query<IFiles>('files');
    void files.on('idle', (data) => expectTypeOf(data).toEqualTypeOf<undefined>());
    void files.on('doc:a:update', (data) => expectTypeOf(data).toEqualTypeOf<number>());
  });
});

describe('in generic code', () => {
  it('a value queried by a type parameter is assignable to it', () => {
    async function find<T>(name: string): Promise<T | null> {
      const found = await query<T>(name);
      return name === '' ? null : found;
    }
    expectTypeOf(find<Calculator>).returns.toEqualTypeOf<Promise<Calculator | null>>();
    expectTypeOf<Queried<Calculator>>().toEqualTypeOf<RemoteObject<Calculator>>();
  });
});

describe('results and streams as arguments', () => {
  interface Api {
    getUser(id: number): Promise<{ id: number }>;
    save(given: { user: { id: number } }): Promise<void>;
    copy(to: WritableStream<string>): Promise<void>;
    open(): Promise<WritableStream<string>>;
  }
  const api = null as unknown as Remote<Api>;

  it('resultOf gives the type of the result; a missing await is an error', () => {
    expectTypeOf(resultOf(api.getUser(1))).toEqualTypeOf<{ id: number }>();
    // @ts-expect-error a promise is no user
    void (() => api.save({ user: api.getUser(1) }));
    void (() => api.save({ user: resultOf(api.getUser(1)) }));
  });

  it('a writable stream is one on both sides', () => {
    expectTypeOf(api.copy).parameters.toEqualTypeOf<[to: WritableStream<string>]>();
    expectTypeOf(api.open).returns.toEqualTypeOf<Promise<WritableStream<string>>>();
  });
});
