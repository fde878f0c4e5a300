import { describe, expect, it } from 'vitest';
import {
  type Container,
  createContainer,
  createTestContainer,
  createToken,
  current,
  defineModule,
  inject,
  optional,
} from '../../src/index.js';
import { refusal } from './container.js';

const log: string[] = [];
class Closing {
  constructor(readonly id: string) {}
  [Symbol.dispose]() {
    log.push(this.id);
  }
}
class Config {
  url = 'db://';
}
class Repo {
  static inject = [Config] as const;
  constructor(readonly config: Config) {}
}
class Service {
  static inject = [Repo, Config] as const;
  constructor(
    readonly repo: Repo,
    readonly config: Config,
  ) {}
}

/** What frameworks build on: defaults of tokens, who creates, what was created in which order, who disposes of it. */
export function testOwnership(name: string): void {
  describe(`tokens with a factory (${name})`, () => {
    const made = createToken<string[]>('made', { factory: () => ['made'] });

    it('give what it makes, once for the outermost container and all below it', () => {
      const container = createContainer();
      const child = container.createChild();
      expect(child.get(made)).toEqual(['made']);
      expect(container.get(made)).toBe(child.get(made));
      expect(child.createScope().get(made)).toBe(child.get(made));
      expect(createContainer().get(made)).not.toBe(container.get(made));
    });
    it('give what a provider gives, where there is one', () => {
      const app = defineModule({ id: 'app', providers: [{ provide: made, useValue: ['own'] }] });
      expect(createContainer(app).get(made)).toEqual(['own']);
      expect(
        createTestContainer(defineModule({ id: 'bare' }), { override: [{ provide: made, useValue: ['test'] }] }).get(made),
      ).toEqual(['test']);
      expect(createContainer([{ provide: made, useValue: [], when: () => false }]).get(made)).toEqual(['made']);
    });
    it('are found by modules, by dependencies and by optional ones, and may inject', async () => {
      const size = createToken<number>('size', { factory: () => inject(made).length });
      const later = createToken<number>('later', { factory: async () => inject(size) + 1 });
      class Reader {
        static inject = [size, optional(made)] as const;
        constructor(
          readonly size: number,
          readonly log: string[] | undefined,
        ) {}
      }
      const feature = defineModule({ id: 'feature', providers: [Reader], exports: [Reader] });
      const container = createContainer(defineModule({ id: 'app', imports: [feature] }));
      expect(container.get(Reader)).toMatchObject({ size: 1, log: ['made'] });
      expect(container.has(later)).toBe(true);
      expect(await container.getAsync(later)).toBe(2);
    });
    it('are tried again when the factory threw, and what it made is disposed of', async () => {
      let fails = true;
      log.length = 0;
      const token = createToken<Closing>('closing', {
        factory: () => {
          if (fails) throw new Error('not yet');
          return new Closing('made');
        },
      });
      const container = createContainer();
      expect(() => container.get(token)).toThrow('not yet');
      fails = false;
      container.get(token);
      await container.dispose();
      expect(log).toEqual(['made']);
    });
    it('show cycles', () => {
      const a = createToken<number>('a', { factory: (): number => inject(b) });
      const b = createToken<number>('b', { factory: (): number => inject(a) });
      expect(refusal(() => createContainer().get(a))).toMatchObject({ code: 'cycle', path: ['"a"', '"b"', '"a"'] });
    });
  });

  describe(`creation (${name})`, () => {
    it('providers() lists and creates what modules keep to themselves, and what is needed', async () => {
      const hidden = createToken<string>('hidden');
      const made = createToken<string>('made', { factory: () => 'by default' });
      const late = createToken<string>('late');
      class Inner {
        static inject = [hidden, made] as const;
        constructor(
          readonly hidden: string,
          readonly made: string,
        ) {}
      }
      const feature = defineModule({ id: 'feature', providers: [Inner, { provide: hidden, useValue: 'h' }] });
      const parent = createContainer([Config]);
      const container = parent.createChild(
        defineModule({
          id: 'app',
          imports: [feature],
          providers: [
            Repo,
            { provide: late, useFactory: async () => 'later' },
            { provide: Map, useFactory: () => new Map(), scope: 'request' },
          ],
        }),
      );
      const list = container.providers();
      expect(list.map(({ token, scope, module }) => [token, scope, module])).toEqual([
        [Repo, 'singleton', 'app'],
        [late, 'singleton', 'app'],
        [Map, 'request', 'app'],
        [Inner, 'singleton', 'feature'],
        [hidden, 'singleton', 'feature'],
      ]);
      expect(container.instances()).toEqual([]);
      const create = (token: unknown) => list.find((each) => each.token === token)!.create();
      expect(create(Inner)).toMatchObject({ hidden: 'h', made: 'by default' });
      expect(create(late)).toBeInstanceOf(Promise);
      expect(await create(late)).toBe('later');
      expect(create(late)).toBe('later');
      expect(refusal(() => create(Map)).code).toBe('no_scope');
      expect(parent.providers().map(({ token }) => token)).toEqual([Config, made]);
      expect(
        createTestContainer([Repo], { parent, override: [{ provide: Config, useValue: { url: 'test' } }] }).get(Repo).config.url,
      ).toBe('test');
      await container.dispose();
      expect(refusal(() => create(Inner)).code).toBe('disposed');
    });
    it('current() is the container or request scope that creates, until the first await', async () => {
      const where = createToken<unknown>('where');
      const container = createContainer([
        { provide: where, useFactory: () => current(), scope: 'request' },
        {
          provide: Config,
          useFactory: async () => {
            const before = current();
            await null;
            return Object.assign(new Config(), { before, after: current() });
          },
        },
      ]);
      expect(current()).toBeUndefined();
      expect(await container.getAsync(Config)).toMatchObject({ before: container, after: undefined });
      const scope = container.createScope();
      expect(scope.get(where)).toBe(scope);
      expect(container.run(() => current())).toBe(container);
      expect(() =>
        container.run(() => {
          throw new Error('failed');
        }),
      ).toThrow('failed');
      expect(current()).toBeUndefined();
    });
    it('one thing that two factories give is disposed of once, where the first made it', async () => {
      log.length = 0;
      const [first, second, third] = [createToken<object>('first'), createToken<object>('second'), createToken<object>('third')];
      const shared = new Closing('shared');
      const container = createContainer([
        { provide: first, useFactory: () => shared },
        { provide: third, useFactory: () => new Closing('between') },
        { provide: second, useFactory: () => shared },
      ]);
      for (const token of [first, third, second]) container.get(token);
      await container.dispose();
      expect(log).toEqual(['between', 'shared']);
    });
    it('one thing that two containers give is disposed of once, by the first that was given it', async () => {
      log.length = 0;
      const given = createToken<Closing>('given');
      const shared = new Closing('shared');
      const giving = (parent?: Container) => {
        const providers = [{ provide: given, useFactory: () => shared }] as const;
        return parent ? parent.createChild(providers) : createContainer(providers);
      };
      const root = createContainer();
      for (const [first, second] of [
        [giving(), giving()],
        [giving(root), giving(root)],
        [giving(), giving(root)],
      ] as const) {
        log.length = 0;
        expect([first.get(given), second.get(given)]).toEqual([shared, shared]);
        expect(second.instances()).toEqual([]);
        await second.dispose();
        expect(log).toEqual([]);
        await first.dispose();
        expect(log).toEqual(['shared']);
      }
    });
    it('what has nothing to be disposed of stays listed where it was made', () => {
      const [plain, again] = [createToken<object>('plain'), createToken<object>('again')];
      const root = createContainer([{ provide: plain, useFactory: () => ({}) }]);
      const child = root.createChild([{ provide: again, useFactory: () => inject(plain) }]);
      expect(child.get(again)).toBe(root.get(plain));
      expect([root.instances().length, child.instances()]).toEqual([1, []]);
    });
    it('what was disposed of and is given again belongs to who gives it', async () => {
      log.length = 0;
      const given = createToken<Closing>('given');
      const shared = new Closing('shared');
      for (let round = 0; round < 2; round += 1) {
        const container = createContainer([{ provide: given, useFactory: () => shared }]);
        container.get(given);
        await container.dispose();
      }
      expect(log).toEqual(['shared', 'shared']);
    });
    it('what a container has created and another gives on stays its own, whichever ends first', async () => {
      for (const early of [true, false]) {
        log.length = 0;
        const maker = createContainer([{ provide: Closing, useFactory: () => new Closing('made') }]);
        const other = createContainer([{ provide: Closing, useFactory: () => maker.get(Closing) }]);
        other.get(Closing);
        for (const container of early ? [other, maker] : [maker, other]) await container.dispose();
        expect(log).toEqual(['made']);
      }
    });
    it('a limit bounds each step of a disposal, those of children as well, and counts what is late as failed', async () => {
      const ended: string[] = [];
      class Never {
        async [Symbol.asyncDispose]() {
          ended.push('never');
          await new Promise(() => {});
        }
      }
      class Later {
        async [Symbol.asyncDispose]() {
          await Promise.resolve();
          ended.push('later');
        }
      }
      const parent = createContainer([Later, Never]);
      parent.get(Later);
      parent.get(Never);
      parent.onDispose(() => new Promise(() => {}));
      const child = parent.createChild([
        { provide: Closing, useFactory: () => new Closing('child'), deps: [] },
        { provide: Repo, useFactory: () => new Never() as never, deps: [] },
      ]);
      child.get(Closing);
      child.get(Repo);
      const asked: unknown[] = [];
      const limit = (ending: PromiseLike<unknown>, instance: unknown) => {
        asked.push(instance?.constructor ?? 'a function');
        return Promise.race([ending, new Promise((_, reject) => setTimeout(reject, 5, new Error('late')))]);
      };
      log.length = 0;
      const failed = (await parent.dispose(limit).catch((error: unknown) => error)) as AggregateError;
      expect(failed.errors.map(String)).toEqual(['Error: late', 'Error: late', 'Error: late']);
      expect([ended, log, asked]).toEqual([['never', 'never', 'later'], ['child'], [Never, 'a function', Never, Later]]);
    });

    it('a limit that is no function is refused before anything is disposed of; one that throws leaves no rejection to nobody', async () => {
      log.length = 0;
      const container = createContainer([{ provide: Closing, useFactory: () => new Closing('kept') }]);
      container.get(Closing);
      const refused = await container.dispose(5_000 as never).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'invalid', message: 'dispose(): limit must be a function' });
      expect([log, container.disposed]).toEqual([[], undefined]);
      container.onDispose(() => Promise.reject(new Error('unheard')));
      const failed = await container.dispose((() => undefined) as never).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(AggregateError);
      expect(log).toEqual(['kept']);
    });

    it('of two factories the one with an onDispose says how; two equal numbers are two things', async () => {
      log.length = 0;
      const shared = new Closing('shared');
      const note = (id: string) => (value: unknown) => void log.push(`${id} ${value === shared ? 'shared' : value}`);
      const giving = (value: unknown, id?: string) => ({
        provide: createToken<unknown>('given'),
        useFactory: () => value,
        ...(id === undefined ? {} : { onDispose: note(id) }),
      });
      const providers = [giving(shared), giving(shared, 'a'), giving(shared, 'b'), giving(1, 'c'), giving(1, 'd')];
      const container = createContainer(providers);
      for (const { provide } of providers) container.get(provide);
      await container.dispose();
      expect(log).toEqual(['d 1', 'c 1', 'a shared']);
    });
    it('asks what a disposer returns once: some begin their work each time', async () => {
      let asked = 0;
      const lazily = { then: (done: () => void) => queueMicrotask(() => void ((asked += 1), done())) };
      for (const limit of [undefined, (disposed: PromiseLike<unknown>) => disposed]) {
        const db = createToken<object>('db');
        const container = createContainer([{ provide: db, useFactory: () => ({}), onDispose: () => lazily as never }]);
        container.get(db);
        await container.dispose(limit);
      }
      expect(asked).toBe(2);
    });
    it('what a child or a request scope hands on stays what its parent disposes of', async () => {
      log.length = 0;
      const alias = createToken<Closing>('alias');
      const db = createToken<Closing>('db', { factory: () => new Closing('db') });
      const container = createContainer([
        { provide: alias, useFactory: (given: Closing) => given, deps: [db], scope: 'request' },
      ]);
      const child = container.createChild([{ provide: createToken<Closing>('again'), useFactory: () => inject(db) }]);
      const scope = child.createScope();
      expect(scope.get(alias)).toBe(container.get(db));
      await scope.dispose();
      await child.dispose();
      expect(log).toEqual([]);
      await container.dispose();
      expect(log).toEqual(['db']);
    });
    it('lists instances in the order of creation, what is needed first, each once', async () => {
      const [shared, again, value, fleeting] = [
        createToken<object>('shared'),
        createToken<object>('again'),
        createToken<object>('value'),
        createToken<object>('fleeting'),
      ];
      const session = createToken<object>('session');
      const container = createContainer([
        Service,
        Repo,
        Config,
        { provide: shared, useFactory: async () => ({}) },
        { provide: again, useFactory: (it: object) => it, deps: [shared] },
        { provide: value, useValue: {}, onDispose: () => {} },
        { provide: fleeting, useFactory: () => ({}), scope: 'transient' },
        { provide: session, useFactory: () => ({}), scope: 'request' },
      ]);
      expect(container.instances()).toEqual([]);
      await container.getAsync(again);
      for (const token of [Service, value, fleeting]) container.get(token);
      const scope = container.createScope();
      const child = container.createChild([{ provide: Map, useFactory: () => new Map() }]);
      scope.get(session);
      child.get(Map);
      const tokens = (at: Container) => at.instances().map(({ token }) => token);
      expect(tokens(container)).toEqual([shared, Config, Repo, Service]);
      expect(container.instances()[3]!.instance).toBe(container.get(Service));
      expect([tokens(scope), tokens(child)]).toEqual([[session], [Map]]);
      await container.dispose();
      expect(refusal(() => container.instances()).code).toBe('disposed');
    });
  });
}
