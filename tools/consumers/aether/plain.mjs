import { computed, effect, resource, signal, store, transaction } from '@omnitron-dev/aether';

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

if (seen.join() !== '2,4,1,2,answer') throw new Error(`got ${seen}`);
console.log('ok');
