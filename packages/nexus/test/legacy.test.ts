import { describe, expect, it } from 'vitest';
import {
  createContainer,
  createToken,
  Inject,
  Injectable,
  type InjectOptions,
  type Lazy,
  lazy,
  Module,
  optional,
} from '../src/index.js';
import { testDecorators, URL_TOKEN } from './contract/decorators.js';

@Injectable({ scope: 'request' })
class Session {}

@Injectable()
class Settings {
  readonly secure = true;
}

@Injectable({ scope: 'request' })
class Service {
  constructor(
    readonly settings: Settings,
    @Inject(URL_TOKEN) readonly url: string,
    @Inject(lazy(() => Session)) readonly session: Lazy<Session>,
  ) {}
}

@Injectable({ providedIn: 'root' })
class Rooted {}

@Injectable({ scope: 'transient' })
class Fleeting {}

@Module({
  providers: [{ provide: URL_TOKEN, useValue: 'https://example' }, Session, Settings],
  exports: [URL_TOKEN, Session, Settings],
})
class NetModule {}

@Module({ imports: [NetModule], providers: [Service, Fleeting] })
class AppModule {
  constructor(readonly net: NetModule) {}
}

testDecorators('legacy dialect with emitted types', { AppModule, Service, Session, Rooted, Fleeting });

describe('legacy parameter decorators', () => {
  const missing = createToken<string>('missing');

  it('injects a module class by its type', () => {
    expect(createContainer(AppModule).get(AppModule).net).toBeInstanceOf(NetModule);
  });
  it('takes forward references and options', () => {
    const options: InjectOptions = { optional: true };
    @Injectable()
    class A {
      constructor(
        @Inject(() => B) readonly b: unknown,
        @Inject(missing, options) readonly c?: string,
        @Inject(optional(missing)) readonly d?: string,
      ) {}
    }
    class B {}
    const a = createContainer([A, B]).get(A);
    expect([a.b, a.c, a.d]).toEqual([new B(), undefined, undefined]);
  });
  it('names the parameter whose type is an interface', () => {
    interface Db {
      url: string;
    }
    @Injectable()
    class Repo {
      constructor(
        readonly settings: Settings,
        readonly db: Db,
      ) {}
    }
    expect(() => createContainer([Repo, Settings])).toThrow(
      'cannot create Repo: no token (parameter 2), its type is missing or not defined yet; use static inject, deps or @Inject()',
    );
  });
  it('keeps the default of a parameter that names no token', () => {
    @Injectable()
    class Repo {
      constructor(
        readonly settings: Settings,
        readonly options: { size: number } = { size: 1 },
      ) {}
    }
    expect(createContainer([Repo, Settings]).get(Repo).options.size).toBe(1);
  });
  it('a subclass with its own constructor says for itself what it takes', () => {
    @Injectable()
    class Parent {
      constructor(readonly settings: Settings) {}
    }
    @Injectable()
    class Child extends Parent {
      constructor(
        @Inject(URL_TOKEN) readonly url: string,
        settings: Settings,
      ) {
        super(settings);
      }
    }
    @Injectable()
    class Same extends Parent {}
    const container = createContainer([Parent, Child, Same, Settings, { provide: URL_TOKEN, useValue: 'u' }]);
    expect([container.get(Child).url, container.get(Child).settings, container.get(Same).settings]).toEqual([
      'u',
      container.get(Settings),
      container.get(Settings),
    ]);
  });
  it('provides a class in the module it names, once that is imported', () => {
    @Module({ providers: [{ provide: URL_TOKEN, useValue: 'inside' }] })
    class Home {}
    @Injectable({ providedIn: Home })
    class Lodger {
      constructor(@Inject(URL_TOKEN) readonly url: string) {}
    }
    expect(createContainer(Home).createChild().get(Lodger).url).toBe('inside');
    expect(() => createContainer().get(Lodger)).toThrow('no provider for Lodger');
  });
  it('where reflect-metadata is loaded, reads what was emitted for classes that only other decorators stand on', () => {
    const store = new Map<unknown, Map<string, unknown>>();
    const reflectMetadata = {
      metadata: (key: string, value: unknown) => (target: unknown) => {
        store.set(target, (store.get(target) ?? new Map<string, unknown>()).set(key, value));
      },
      getOwnMetadata: (key: string, target: unknown) => store.get(target)?.get(key),
    };
    Object.assign(Reflect, reflectMetadata);
    try {
      const foreign = (_: unknown) => {};
      @foreign
      class Repo {
        constructor(
          readonly settings: Settings,
          readonly options: { size: number } = { size: 1 },
        ) {}
      }
      class Special extends Repo {}
      @foreign
      class Named {
        constructor(
          readonly settings: Settings,
          @Inject(URL_TOKEN) readonly url: string,
        ) {}
      }
      const container = createContainer([Settings, Repo, Special, Named, { provide: URL_TOKEN, useValue: 'u' }]);
      expect([container.get(Repo).settings, container.get(Repo).options.size]).toEqual([container.get(Settings), 1]);
      expect(container.get(Special).settings).toBe(container.get(Settings));
      expect([container.get(Named).settings, container.get(Named).url]).toEqual([container.get(Settings), 'u']);
    } finally {
      for (const name of Object.keys(reflectMetadata)) Reflect.deleteProperty(Reflect, name);
    }
  });
});
