import { computed, effect, resource, signal, store, transaction } from '@omnitron-dev/aether';
import { jsx } from '@omnitron-dev/aether/jsx-runtime';
import { renderToString } from '@omnitron-dev/aether/ssr';

const seen = [];
const count = signal(1);
const double = computed(() => count() * 2);
effect(() => void seen.push(double()));
count.set(2);

const state = store({ list: [1] });
effect(() => void seen.push(state.list.length));
transaction(() => state.list.push(2));

const later = resource(async () => 'answer');
await later.refetch();
seen.push(later());

seen.push(await renderToString(jsx('p', { title: '<', children: [count, jsx('br', {})] })));

if (seen.join() !== '2,4,1,2,answer,<p title="&lt;">2<br></p>') throw new Error(`got ${seen}`);
console.log('ok');
