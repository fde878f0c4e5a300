/** Ids depend on places only: random views whose parts wait, and arrive in random orders on servers and in pages. */
import { afterEach, expect, it, vi } from 'vitest';
import {
  createContext,
  ErrorBoundary,
  For,
  Index,
  lazy,
  Match,
  Portal,
  resource,
  Show,
  Suspense,
  Switch,
  signal,
  useId,
  type View,
} from '../../src/index.js';
import { hydrate, renderToString } from '../../src/ssr.js';
import { streamed } from './streamed.js';

/** Numbers from 0 to below 1 that are the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = Math.imul(seed, 2_654_435_761) + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 374_761_393) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

/** A turn of the event loop, which no timer slows down. */
const turn = () =>
  new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });

/** What arrives in a random order. */
class Arrivals {
  private readonly waiting: (() => void)[] = [];
  private readonly random: () => number;
  /** Number of answers that were asked for. */
  asked = 0;

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  /** Some are there at once. */
  of<T>(value: T): Promise<T> {
    return this.random() < 0.2 ? Promise.resolve(value) : new Promise((open) => this.waiting.push(() => open(value)));
  }

  /** Lets one arrive. */
  async next(): Promise<boolean> {
    await turn();
    const open = this.waiting.splice(Math.floor(this.random() * this.waiting.length), 1)[0];
    open?.();
    await turn();
    return open !== undefined;
  }
}

const Name = createContext('none');
const Field = () => {
  const id = useId();
  return (
    <label for={id}>
      <input id={id} />
    </label>
  );
};
const Attributes = (props: { readonly id?: string; readonly children?: View }) => (
  <section id={useId()}>
    <b id={useId()} title={props.id}>
      {props.children}
    </b>
  </section>
);
const Given = () => <Attributes id={useId()}>{useId()}</Attributes>;

/** Makes the view of a seed, which is the same on a server and in a page. */
function viewOf(seed: number, arrivals: Arrivals): () => View {
  const random = randomOf(seed);
  const pick = (most: number) => Math.floor(random() * most);
  let made = 0;
  const ask = (key: string) => {
    const load = () => {
      arrivals.asked++;
      return arrivals.of(key);
    };
    return resource(load, { suspend: true, key });
  };
  const late = (inner: (at: string) => View) =>
    lazy(() => arrivals.of({ default: (props: { readonly at: string }) => inner(props.at) }));
  const several = (depth: number): ((at: string) => View) => {
    const parts = Array.from({ length: 1 + pick(3) }, () => one(depth));
    return (at) => parts.map((part) => part(at));
  };
  const one = (depth: number): ((at: string) => View) => {
    const name = `n${made++}`;
    const kind = pick(depth > 3 ? 4 : 17);
    if (kind === 0) return () => `${name} `;
    if (kind === 1) return () => <Field />;
    if (kind === 2) return () => <Attributes>{name}</Attributes>;
    if (kind === 3) return () => <Given />;
    const inner = several(depth + 1);
    if (kind === 4)
      return (at) => (
        <div class={name} id={useId()}>
          {inner(at)}
          <i>{inner(`${at}${name}i`)}</i>
        </div>
      );
    if (kind === 5) return (at) => <Suspense fallback={<Field />}>{inner(at)}</Suspense>;
    if (kind === 6) {
      return (at) => (
        <Show when={true}>
          <Field />
          {inner(at)}
        </Show>
      );
    }
    if (kind === 7) {
      return (at) => (
        <Switch>
          <Match when={false}>no</Match>
          <Match when={true}>{inner(at)}</Match>
        </Switch>
      );
    }
    if (kind === 8) {
      return (at) => (
        <For each={['x', 'y']}>
          {(item) => {
            const id = useId();
            const data = ask(`${name}/${at}${item}`);
            return (
              <div id={id}>
                {() => (data() === undefined ? '' : <Field />)}
                {inner(`${at}${item}`)}
              </div>
            );
          }}
        </For>
      );
    }
    if (kind === 9) {
      const List = (props: { readonly at: string }) => {
        const data = ask(`${name}/${props.at}`);
        return <Index each={() => [data(), 'y']}>{(_, index) => [<Field />, inner(`${props.at}${index}`)]}</Index>;
      };
      return (at) => <List at={at} />;
    }
    if (kind === 10) {
      const isFirst = pick(2) === 0;
      const Inner = (props: { readonly data: () => unknown; readonly at: string; readonly id: string }) => {
        const given = isFirst ? props.id : '';
        const id = useId();
        props.data();
        return (
          <div id={id} title={props.id} class={given}>
            {inner(props.at)}
          </div>
        );
      };
      const Outer = (props: { readonly at: string }) => {
        const data = ask(`${name}/${props.at}`);
        return [<Inner data={data} at={props.at} id={useId()} />, <Field />];
      };
      return (at) => <Outer at={at} />;
    }
    if (kind === 11) {
      const Part = (props: { readonly at: string }) => {
        const data = ask(`${name}/${props.at}`);
        return (
          <>
            {() => [data(), <Field />, inner(props.at)]}
            <u title={() => data()} id={useId()} />
            <Field />
          </>
        );
      };
      return (at) => <Part at={at} />;
    }
    if (kind === 12) {
      return (at) => (
        <Name.Provider value={name}>
          <Portal>
            <Field />
          </Portal>
          {inner(at)}
        </Name.Provider>
      );
    }
    if (kind === 13) return (at) => <ErrorBoundary fallback="failed">{inner(at)}</ErrorBoundary>;
    if (kind === 14) {
      const attributes = { title: name };
      return (at) => (
        <section {...attributes} id={useId()}>
          <pre>{() => inner(at)}</pre>
        </section>
      );
    }
    const other = several(depth + 1);
    const First = late((at) => [useId(), other(`${at}f`)]);
    const Second = late((at) => inner(`${at}s`));
    return (at) => (
      <div>
        <First at={at} />
        <Second at={at} />
        <Field />
      </div>
    );
  };
  const root = several(0);
  return () => root('');
}

const asWritten = (html: string) => html.replaceAll(/<!--.*?-->|<script .*?<\/script>/g, '');

/** What a server has written in the end. */
async function written(seed: number, order: number): Promise<{ readonly html: string; readonly streamed: string }> {
  const [first, second] = [new Arrivals(order), new Arrivals(order + 7)];
  const page = renderToString(viewOf(seed, first));
  while (await first.next());
  const stream = streamed(viewOf(seed, second));
  const read = (async () => {
    while (await stream.next());
  })();
  while (await second.next());
  await read;
  const { innerHTML } = stream.container;
  stream.container.remove();
  return { html: await page, streamed: innerHTML };
}

it.each(Array.from({ length: 60 }, (_, seed) => seed))(
  'are the same on a server, in a stream and in the page, in whatever order parts arrive: seed %i',
  async (seed) => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { html, streamed } = await written(seed, 1_000 + seed);
    const other = await written(seed, 2_000 + seed);
    expect(asWritten(streamed)).toBe(asWritten(html));
    expect([other.html, other.streamed].map(asWritten)).toEqual([html, html].map(asWritten));
    for (const [index, page] of [html, other.streamed].entries()) {
      const container = document.createElement('div');
      document.body.append(container);
      container.innerHTML = page;
      const arrivals = new Arrivals(3_000 + seed + index);
      const remove = hydrate(viewOf(seed, arrivals), container);
      expect(error.mock.calls).toEqual([]);
      do expect([error.mock.calls, asWritten(container.innerHTML)]).toEqual([[], asWritten(html)]);
      while (await arrivals.next());
      expect(asWritten(container.innerHTML)).toBe(asWritten(html));
      const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
      expect([new Set(ids).size, arrivals.asked, error.mock.calls]).toEqual([ids.length, 0, []]);
      remove();
      container.remove();
    }
  },
);

afterEach(() => {
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

it('views that appear later have unique ids, also in pages with several roots', async () => {
  const on = signal(false);
  const rows = signal([1]);
  const App = () => (
    <>
      <Field />
      <Show when={on()} fallback={<Field />}>
        <Field />
      </Show>
      <For each={rows()}>{() => <Field />}</For>
    </>
  );
  const roots = ['', '', 'one', 'two'].map((prefix) => ({ prefix, container: document.createElement('div') }));
  const ends: (() => void)[] = [];
  for (const [index, { prefix, container }] of roots.entries()) {
    document.body.append(container);
    const before = await renderToString(App, { prefix });
    // Two without a prefix have the same ids: the second is a page that was made anew.
    if (index === 1) container.innerHTML = '';
    else container.innerHTML = before;
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    ends.push(hydrate(App, container, { prefix }));
    error.mockRestore();
  }
  const ids = () => [...document.querySelectorAll('input')].map(({ id }) => id);
  const first = ids();
  on.set(true);
  rows.set([2, 1, 3]);
  const then = ids();
  on.set(false);
  const last = ids();
  for (const each of [first, then, last]) expect(new Set(each).size).toBe(each.length);
  for (const end of ends) end();
  for (const { container } of roots) container.remove();
});
