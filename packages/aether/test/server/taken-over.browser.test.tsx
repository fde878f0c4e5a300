/** Random views that a server has written, taken over while code for parts of them comes in a random order. */
import { expect, it, vi } from 'vitest';
import { type Component, For, lazy, resource, Show, Suspense, useId, type View } from '../../src/index.js';
import { hydrate, renderToString } from '../../src/ssr.js';

/** Numbers from 0 to below 1 that are the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = Math.imul(seed, 2_654_435_761) + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 374_761_393) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

/** What a view has done. */
interface Noted {
  readonly clicks: string[];
  /** Answers that were asked for. */
  readonly asked: string[];
  /** Lets code of a part come; `undefined`: it is there at once. */
  readonly opens: (() => void)[] | undefined;
}

/** Makes the view of a seed, which is the same on a server and in a page. */
function viewOf(seed: number, { clicks, asked, opens }: Noted): () => View {
  const random = randomOf(seed);
  const pick = (most: number) => Math.floor(random() * most);
  let made = 0;
  /** Lists around: keys in them would not be unique. */
  let lists = 0;
  const several = (depth: number): (() => View) => {
    const all = Array.from({ length: 1 + pick(3) }, () => one(depth));
    return () => all.map((each) => each());
  };
  const late = (inner: () => View): Component => {
    const module = { default: inner };
    return lazy(async () =>
      opens === undefined ? module : new Promise<typeof module>((resolve) => opens.push(() => resolve(module))),
    );
  };
  const one = (depth: number): (() => View) => {
    const name = `n${made++}`;
    const kind = pick(depth > 4 ? 3 : 10);
    if (kind === 0) return () => `${name} `;
    if (kind === 1) {
      const Field = () => <input id={useId()} />;
      return () => <Field />;
    }
    if (kind === 2) {
      return () => (
        <button class={name} onClick={() => clicks.push(name)}>
          {() => name}
        </button>
      );
    }
    if (kind === 3) {
      const inner = one(depth + 1);
      return () => <Show when={true}>{inner()}</Show>;
    }
    if (kind === 4) {
      lists++;
      const inner = one(depth + 1);
      lists--;
      return () => (
        <ul>
          <For each={[1, 2]}>{() => <li>{inner()}</li>}</For>
        </ul>
      );
    }
    const inner = several(depth + 1);
    if (kind === 5) return () => <div class={name}>{inner()}</div>;
    if (kind === 6) return () => <Suspense fallback="waits">{inner()}</Suspense>;
    if (kind === 7 && lists === 0) {
      const Part = () => {
        const data = resource(
          async () => {
            asked.push(name);
            return name;
          },
          { suspend: true, key: name },
        );
        return (
          <>
            <b>{data}</b>
            {inner()}
          </>
        );
      };
      return () => (
        <Suspense fallback="waits">
          <Part />
        </Suspense>
      );
    }
    const [First, Second] = [late(one(depth + 1)), late(inner)];
    return () => (
      <Suspense fallback="waits">
        <div>
          <First />
        </div>
        <Second />
        {name}
      </Suspense>
    );
  };
  return several(0);
}

it.each(Array.from({ length: 100 }, (_, seed) => seed))(
  'stay as they were rendered, and are reactive once everything is loaded: seed %i',
  async (seed) => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const server = viewOf(seed, { clicks: [], asked: [], opens: undefined });
    // From then on the code is there.
    await renderToString(server);
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = await renderToString(server);
    const html = () => container.innerHTML.replaceAll(/<!--.*?-->|<script .*?<\/script>/g, '');
    const written = html();
    const elements = [...container.querySelectorAll('div, button, input, li, ul, b')];
    const opens: (() => void)[] = [];
    const noted = { clicks: [] as string[], asked: [] as string[], opens };
    const remove = hydrate(viewOf(seed, noted), container);
    const order = randomOf(seed + 1_000);
    do {
      expect([html(), elements.every((each) => each.isConnected)]).toEqual([written, true]);
      opens.splice(Math.floor(order() * opens.length), 1)[0]?.();
      await turn();
    } while (opens.length > 0);
    await turn();
    const buttons = [...container.querySelectorAll('button')];
    for (const button of buttons) button.click();
    expect([html(), noted.clicks]).toEqual([written, buttons.map(({ className }) => className)]);
    expect(elements.every((each) => each.isConnected)).toBe(true);
    expect([noted.asked, error.mock.calls]).toEqual([[], []]);
    remove();
    expect([container.textContent, container.children.length]).toEqual(['', 0]);
    container.remove();
    error.mockRestore();
  },
);
