import { createApp, signal } from '@omnitron-dev/aether';
import { Devtools } from '@omnitron-dev/aether/devtools';

function Counter() {
  const count = signal(1, { name: 'count' });
  return (
    <button type="button" id="add" onClick={() => count.update((n) => n + 1)}>
      {count()}
    </button>
  );
}

createApp([]).mount(
  () => (
    <>
      <Counter />
      <Devtools />
    </>
  ),
  '#app',
);
