import { effect, signal, store } from '@omnitron-dev/aether';

const state = store({ title: 'loading' });
const ready = signal(false);
effect(() => {
  if (ready()) state.title = 'ok';
});
effect(() => {
  document.title = state.title;
});
ready.set(true);
