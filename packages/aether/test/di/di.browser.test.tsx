import { describe, expect, it, vi } from 'vitest';
import {
  compileModule,
  createApp,
  createToken,
  defineModule,
  effect,
  Injectable,
  inject,
  Module,
  onMount,
  Provide,
  render,
  Show,
  signal,
  useInjector,
} from '../../src/index.js';

const page = () => document.body.appendChild(document.createElement('div'));
const greeting = createToken<string>('greeting');

@Injectable()
class Greeter {
  readonly text = inject(greeting);
}

describe('createApp', () => {
  it('gives components the providers of its module, and ends with dispose()', async () => {
    const ended: string[] = [];
    class Store {
      onDispose() {
        ended.push('store');
      }
    }
    @Module({ providers: [Greeter, Store, { provide: greeting, useValue: 'Hello' }] })
    class AppModule {}
    const element = page();
    const app = createApp(AppModule);
    app.mount(() => {
      inject(Store);
      return <p>{inject(Greeter).text}</p>;
    }, element);
    expect(element.innerHTML).toBe('<p>Hello</p>');
    await app.dispose();
    expect(element.innerHTML).toBe('');
    expect(ended).toEqual(['store']);
  });

  it('mounts by selector, throws when nothing matches, and ends a single mount', async () => {
    const element = page();
    element.id = 'app';
    await using app = createApp([{ provide: greeting, useValue: 'Hi' }]);
    const end = app.mount(() => inject(greeting), '#app');
    expect(element.textContent).toBe('Hi');
    end();
    expect(element.childNodes).toHaveLength(0);
    expect(() => app.mount(null, '#missing')).toThrow("no element for the selector '#missing'");
  });

  it('mounts nothing after it was disposed', async () => {
    const element = page();
    const app = createApp([]);
    await app.dispose();
    expect(() => app.mount(() => 'late', element)).toThrow(expect.objectContaining({ code: 'disposed' }));
    expect(element.childNodes).toHaveLength(0);
  });

  it('reports an element that shows two views, in development', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const element = page();
    const Root = () => <p>root</p>;
    await using app = createApp([]);
    const end = app.mount(Root, element);
    end();
    app.mount(<Root />, element);
    app.mount(() => 'other', element);
    expect(warn.mock.calls).toEqual([]);
    app.mount(Root, element);
    expect(warn.mock.calls).toEqual([['mount: <div> shows this view twice now']]);
    let broken = true;
    const Broken = () => {
      const [a, b] = [signal(0), signal(0)];
      effect(() => b.set(a() + 1));
      effect(() => void (broken && a.set(b() + 1)));
      return 'shown';
    };
    expect(() => app.mount(Broken, element)).toThrow(expect.objectContaining({ code: 'cycle' }));
    broken = false;
    app.mount(Broken, element);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  it('ready() waits for asynchronous providers', async () => {
    await using app = createApp([{ provide: greeting, useFactory: async () => 'later' }]);
    await app.ready();
    const element = page();
    app.mount(() => inject(greeting), element);
    expect(element.textContent).toBe('later');
  });

  it('refuses a graph with a missing provider before anything is shown', () => {
    class Shown {
      static inject = [greeting] as const;
      constructor(readonly text: string) {}
    }
    @Module({ providers: [Shown] })
    class Broken {}
    expect(() => createApp(Broken)).toThrow('greeting');
  });
});

describe('Provide', () => {
  it('opens a container for its children, which ends with it', async () => {
    const ended: string[] = [];
    class Cart {
      onDispose() {
        ended.push('cart');
      }
    }
    const shown = signal(true);
    const element = page();
    await using app = createApp([{ provide: greeting, useValue: 'outer' }]);
    const Inner = () => {
      inject(Cart);
      return <b>{inject(greeting)}</b>;
    };
    app.mount(
      () => (
        <>
          <i>{inject(greeting)}</i>
          <Show when={shown}>
            {() => (
              <Provide providers={[Cart, { provide: greeting, useValue: 'inner' }]}>
                <Inner />
              </Provide>
            )}
          </Show>
        </>
      ),
      element,
    );
    expect(element.textContent).toBe('outerinner');
    shown.set(false);
    await Promise.resolve();
    expect(element.textContent).toBe('outer');
    expect(ended).toEqual(['cart']);
  });

  it('accepts a module', async () => {
    const Feature = defineModule({
      id: 'feature',
      providers: [{ provide: greeting, useValue: 'of the feature' }],
      exports: [greeting],
    });
    const element = page();
    await using app = createApp([]);
    const Shown = () => inject(greeting);
    app.mount(
      () => (
        <Provide module={Feature}>
          <Shown />
        </Provide>
      ),
      element,
    );
    expect(element.textContent).toBe('of the feature');
  });
});

it('useInjector() works in handlers and after an await', async () => {
  const element = page();
  const seen: string[] = [];
  await using app = createApp([{ provide: greeting, useValue: 'later' }]);
  app.mount(() => {
    const injector = useInjector();
    onMount(async () => {
      await Promise.resolve();
      expect(() => inject(greeting)).toThrow('useInjector()');
      seen.push(injector.get(greeting));
    });
    return null;
  }, element);
  await new Promise((resolve) => setTimeout(resolve));
  expect(seen).toEqual(['later']);
});

it('inject() without a container throws an error that names the remedy', () => {
  const Lost = () => inject(greeting);
  expect(() => render(<Lost />, page())).toThrow('createApp()');
});

it('compileModule enforces exports', () => {
  const Inner = defineModule({ id: 'inner', providers: [{ provide: greeting, useValue: 'private' }] });
  const container = compileModule(defineModule({ id: 'app', imports: [Inner] }));
  expect(container.has(greeting)).toBe(false);
});
