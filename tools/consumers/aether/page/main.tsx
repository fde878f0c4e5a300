import { defineComponent, effect, For, render, signal, store } from '@omnitron-dev/aether';

const state = store({ words: ['load'] });
const ready = signal(false);

const Page = defineComponent(() => () => (
  <main class={ready() ? 'ready' : 'waiting'}>
    <For each={() => state.words}>{(word) => <b>{word}</b>}</For>
  </main>
));

render(<Page />, document.body);
effect(() => {
  if (ready()) state.words = ['o', 'k'];
});
ready.set(true);
document.title = document.querySelector('main.ready')?.textContent ?? 'nothing is shown';
