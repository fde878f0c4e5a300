import { describe, expectTypeOf, it } from 'vitest';
import {
  Container,
  configurable,
  createContainer,
  createTestContainer,
  createToken,
  current,
  defineModule,
  Inject,
  Injectable,
  inject,
  type Lazy,
  lazy,
  Module,
  type ModuleWithProviders,
  optional,
} from './index.js';

const PORT = createToken<number>('port');
const NAMES = createToken<string[]>('names');
abstract class Store {
  abstract read(): string;
}
class Config {
  url = '';
}
class Repo extends Store {
  static inject = [Config, PORT] as const;
  constructor(
    readonly config: Config,
    readonly port: number,
  ) {
    super();
  }
  read() {
    return this.config.url;
  }
}
class Swapped {
  static inject = [PORT, Config] as const;
  constructor(
    readonly config: Config,
    readonly port: number,
  ) {}
}
class Short {
  static inject = [Config] as const;
  constructor(
    readonly config: Config,
    readonly port: number,
  ) {}
}
class Long {
  static inject = [Config, PORT] as const;
  constructor(readonly config: Config) {}
}
class Needs {
  static inject = [optional(Config), lazy(() => Repo), () => Store, NAMES, Container] as const;
  constructor(
    readonly config: Config | undefined,
    readonly repo: Lazy<Repo>,
    readonly store: Store,
    readonly names: string[],
    readonly container: Container,
  ) {}
}
class Strict {
  static inject = [optional(PORT)] as const;
  constructor(readonly port: number) {}
}
class Defaults {
  static inject = [Config, optional(PORT)] as const;
  constructor(
    readonly config: Config,
    readonly port?: number,
  ) {}
}
const container = createContainer();

describe('what is inferred', () => {
  it('by get and inject', () => {
    expectTypeOf(container.get(PORT)).toEqualTypeOf<number>();
    expectTypeOf(container.get(Repo)).toEqualTypeOf<Repo>();
    expectTypeOf(container.get(Store)).toEqualTypeOf<Store>();
    expectTypeOf(container.get(PORT, { optional: true })).toEqualTypeOf<number | undefined>();
    expectTypeOf(container.get(PORT, { self: true })).toEqualTypeOf<number>();
    expectTypeOf(container.getAsync(NAMES)).toEqualTypeOf<Promise<string[]>>();
    expectTypeOf(container.getAsync(Repo, { optional: true })).toEqualTypeOf<Promise<Repo | undefined>>();
    expectTypeOf(inject(Repo)).toEqualTypeOf<Repo>();
    expectTypeOf(inject(() => Repo)).toEqualTypeOf<Repo>();
    expectTypeOf(inject(PORT, { optional: true, skipSelf: true })).toEqualTypeOf<number | undefined>();
    expectTypeOf(inject(lazy(() => Repo))).toEqualTypeOf<Lazy<Repo>>();
    expectTypeOf(inject(optional(PORT))).toEqualTypeOf<number | undefined>();
    expectTypeOf(container.run(() => inject(PORT))).toEqualTypeOf<number>();
    expectTypeOf(current()).toEqualTypeOf<Container | undefined>();
    expectTypeOf(container.instances()[0]!.instance).toEqualTypeOf<unknown>();
  });
  it('by factories from their deps', () => {
    container.provide({
      provide: PORT,
      deps: [Config, optional(NAMES), lazy(() => Repo)],
      useFactory: (config, names, repo) => {
        expectTypeOf(config).toEqualTypeOf<Config>();
        expectTypeOf(names).toEqualTypeOf<string[] | undefined>();
        expectTypeOf(repo).toEqualTypeOf<Lazy<Repo>>();
        return 1;
      },
    });
  });
});

describe('what compiles', () => {
  it('providers that fit', () => {
    container.provide(Repo).provide(Needs).provide(Defaults);
    container.provide({ provide: Store, useClass: Repo });
    container.provide({ provide: Store, useExisting: Repo });
    container.provide({ provide: NAMES, useValue: 'one', multi: true });
    container.provide({ provide: PORT, useFactory: async () => 1 });
    container.provide({ provide: PORT, useValue: 1, onDispose: (port: number) => port });
    container.provide({ provide: PORT, scope: 'request' });
    createContainer([Repo, Needs, { provide: PORT, useFactory: (config: Config) => config.url.length, deps: [Config] }]);
    createTestContainer([Repo], { override: [{ provide: PORT, useValue: 2 }] });
    container.createScope().set(PORT, 1);
  });
  it('modules', () => {
    const feature = defineModule({ id: 'f', providers: [Repo, { provide: PORT, useValue: 1 }], exports: [Repo, PORT] });
    @Module({ imports: [feature, () => feature], providers: [Config] })
    class App {}
    @Injectable({ scope: 'transient', providedIn: App })
    class Service {
      constructor(@Inject(PORT, { optional: true }) readonly port: number) {}
    }
    class Db extends configurable(NAMES) {}
    expectTypeOf(Db.forRoot([''])).toEqualTypeOf<ModuleWithProviders>();
    expectTypeOf(
      Db.forRootAsync({ deps: [PORT], useFactory: async (port) => [port.toFixed()] }),
    ).toEqualTypeOf<ModuleWithProviders>();
    createContainer(App).get(Service);
  });
});

describe('what must not compile', () => {
  it('static inject that does not fit the constructor', () => {
    // @ts-expect-error the wrong way round
    container.provide(Swapped);
    // @ts-expect-error one dependency too few
    container.provide(Short);
    // @ts-expect-error one dependency too many
    container.provide(Long);
    // @ts-expect-error may be undefined, the constructor wants a number
    container.provide(Strict);
    // @ts-expect-error abstract classes cannot be created
    container.provide(Store);
    // @ts-expect-error in a list too
    createContainer([Config, Swapped]);
    // @ts-expect-error in a module too
    defineModule({ id: 'm', providers: [Swapped] });
    // @ts-expect-error and by its decorator
    Module({ providers: [Swapped] });
    // @ts-expect-error and behind useClass
    container.provide({ provide: Config, useClass: Swapped });
  });
  it('factories that do not fit their token', () => {
    createToken<number>('port', { factory: () => 1 });
    createToken<number>('port', { factory: async () => 1 });
    // @ts-expect-error a string is no number
    createToken<number>('port', { factory: () => '1' });
    // @ts-expect-error the factory gets nothing; it may inject
    createToken<number>('port', { factory: (config: Config) => config.url.length });
  });
  it('providers that do not fit their token', () => {
    // @ts-expect-error a string is no number
    container.provide({ provide: PORT, useValue: '80' });
    // @ts-expect-error a string is no number, in a list
    createContainer([{ provide: PORT, useValue: '80' }]);
    // @ts-expect-error a list item is one string
    container.provide({ provide: NAMES, useValue: ['a'], multi: true });
    // @ts-expect-error Config is no Store
    container.provide({ provide: Store, useClass: Config });
    // @ts-expect-error a number is no Store
    container.provide({ provide: Store, useExisting: PORT });
    // @ts-expect-error the factory gives a string
    container.provide({ provide: PORT, useFactory: () => '' });
    // @ts-expect-error the factory gives a promise of a string
    createContainer([{ provide: PORT, useFactory: async () => '' }]);
    // @ts-expect-error the factory takes what deps do not give
    createContainer([{ provide: PORT, useFactory: (name: string) => name.length, deps: [Config] }]);
    // @ts-expect-error the factory takes a parameter, deps are missing
    createContainer([{ provide: PORT, useFactory: (config: Config) => config.url.length }]);
    // @ts-expect-error onDispose gets the number
    container.provide({ provide: PORT, useValue: 1, onDispose: (port: string) => port });
    // @ts-expect-error a string is no number
    container.createScope().set(PORT, '80');
    // @ts-expect-error overrides fit their tokens too
    createTestContainer([], { override: [{ provide: PORT, useValue: '80' }] });
    // @ts-expect-error there is no such scope
    container.provide({ provide: PORT, useFactory: () => 1, scope: 'session' });
  });
  it('misuse', () => {
    // @ts-expect-error a string is no token
    container.get('port');
    // Property injection is not offered.
    expectTypeOf(Inject(PORT)).parameter(2).toEqualTypeOf<number>();
    expectTypeOf(Inject(PORT)).parameter(1).toEqualTypeOf<undefined>();
    // @ts-expect-error lazy takes an arrow function
    lazy(Repo);
    class Db extends configurable(NAMES) {}
    // @ts-expect-error options are a list of strings
    Db.forRoot([1]);
    // @ts-expect-error the factory gives numbers
    Db.forRootAsync({ useFactory: () => [1] });
  });
});
