/** Ids in pages that change while a server waits: rows and components that go on keep theirs, and no other has them. */
import { expect, it } from 'vitest';
import { For, Index, resource, Show, Suspense, signal, useId, type View } from '../../src/index.js';
import { renderToString } from '../../src/ssr.js';

/** Numbers from 0 to below 1 that are the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = Math.imul(seed, 2_654_435_761) + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 374_761_393) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Makes a random view, which changes, and waits until `until`. */
function viewOf(pick: (most: number) => number, until: Promise<string>) {
  const list = signal([1, 2, 3]);
  const on = signal(true);
  const count = signal(0);
  const Field = () => {
    const id = useId();
    return (
      <label for={id}>
        <input id={id} />
      </label>
    );
  };
  const Live = (props: { readonly children?: View }) => (
    <section id={useId()} title={() => `${count()}`}>
      {props.children}
    </section>
  );
  const Late = () => {
    const data = resource(() => until, { suspend: true });
    return () => [data(), <Field />];
  };
  const one = (depth: number): (() => View) => {
    const kind = pick(depth > 3 ? 4 : 12);
    if (kind === 0) return () => <Field />;
    if (kind === 1) return () => <Live />;
    if (kind === 2) return () => <Late />;
    if (kind === 3) return () => <b id={useId()}>{() => count()}</b>;
    const [first, second] = [one(depth + 1), one(depth + 1)];
    if (kind === 4) {
      return () => (
        <For each={list}>
          {(item) => {
            const id = useId();
            return (
              <li id={id}>
                {item}
                {first()}
              </li>
            );
          }}
        </For>
      );
    }
    if (kind === 5) return () => <Index each={() => list()}>{() => <li id={useId()}>{first()}</li>}</Index>;
    if (kind === 6) {
      return () => (
        <Show when={on} fallback={second()}>
          {first()}
        </Show>
      );
    }
    if (kind === 7) return () => () => list().map((item) => <Live key={item}>{first()}</Live>);
    if (kind === 8) return () => () => (on() ? [first(), second()] : [second(), first(), <Field />]);
    if (kind === 9) {
      return () => (
        <Suspense fallback={first()}>
          {second()}
          <Late />
        </Suspense>
      );
    }
    if (kind === 10) return () => <Live>{[first(), second()]}</Live>;
    return () => [first(), () => (count() > 1 ? second() : first())];
  };
  const root = one(0);
  const changes = [
    () => list.set([...list()].reverse()),
    () => list.set([list().length + 1, ...list()]),
    () => on.set(!on()),
    () => count.update((before) => before + 1),
  ];
  return { root, change: () => changes[pick(changes.length)]?.() };
}

it.each(Array.from({ length: 150 }, (_, seed) => seed))('are all different: seed %i', async (seed) => {
  const random = randomOf(seed);
  let open: (text: string) => void = () => {};
  const until = new Promise<string>((resolve) => (open = resolve));
  const { root, change } = viewOf((most) => Math.floor(random() * most), until);
  const Wait = () => {
    const data = resource(() => until, { suspend: true });
    return <i>{data}</i>;
  };
  const page = renderToString(() => (
    <main>
      {root()}
      <Wait />
    </main>
  ));
  for (let changes = 0; changes < 8; changes++) {
    await turn();
    change();
    if (changes === 4) open('there');
  }
  const ids = [...(await page).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});
