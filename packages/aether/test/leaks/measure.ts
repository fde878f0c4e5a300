/** Counts what a page, and the server behind it, are left with after many mounts and navigations. */
import { fileURLToPath } from 'node:url';
import type { CDPSession } from 'playwright';
import { startUserServer, type UserServer } from '../netron/server.js';
import { openVitePage } from '../vite-page.js';

/** What a page holds, after garbage was collected. */
export interface Held {
  readonly nodes: number;
  readonly listeners: number;
  /** Bytes of objects, functions and texts, where they are counted. The engine's own, such as compiled code, come and go by its rules. */
  readonly heap: number;
  readonly timers: number;
  /** Owners and elements of pages that have ended. */
  readonly left: number;
  /** Calls and streams that the server still answers. */
  readonly running: number;
}

/** A page that stays as it is, whatever happens to its files. */
const unwatched = { name: 'unwatched', config: () => ({ server: { hmr: false as const, watch: null } }) };

/** Kinds of nodes of a heap snapshot that a program makes. */
const kinds = new Set([
  'object',
  'closure',
  'array',
  'string',
  'concatenated string',
  'sliced string',
  'number',
  'symbol',
  'bigint',
]);

interface Snapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: string[]; readonly node_types: [string[]] } };
  readonly nodes: number[];
}

async function heapOf(devtools: CDPSession): Promise<number> {
  let text = '';
  const add = ({ chunk }: { chunk: string }) => {
    text += chunk;
  };
  devtools.on('HeapProfiler.addHeapSnapshotChunk', add);
  await devtools.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  devtools.off('HeapProfiler.addHeapSnapshotChunk', add);
  const { snapshot, nodes } = JSON.parse(text) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  let sum = 0;
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (kinds.has(types[0][nodes[at + type] as number] as string)) sum += nodes[at + size] as number;
  }
  return sum;
}

/**
 * What a page holds before and after rounds of functions of the page.
 *
 * @param countHeap a snapshot of the heap is hundreds of megabytes; without, `heap` is not a number
 * @param compiled whether the page is compiled; its JSX runs as it is otherwise
 */
export async function measure(
  rounds: { readonly mount: number; readonly navigate: number },
  { countHeap, compiled }: { readonly countHeap: boolean; readonly compiled: boolean },
) {
  let users: UserServer | undefined;
  const folder = fileURLToPath(new URL('page', import.meta.url));
  const query = async (origin: string) => {
    users = await startUserServer([origin]);
    return `?server=${users.url}`;
  };
  await using page = await openVitePage(folder, query, [unwatched], compiled ? {} : { exclude: /./ });
  await using server = users as UserServer;
  const { tab } = page;
  const devtools = await tab.context().newCDPSession(tab);
  await devtools.send('Performance.enable');

  const call = (name: string, times?: number) =>
    tab.evaluate(
      ([of, with_]) => (window as unknown as Record<string, (times?: number) => unknown>)[of as string]?.(with_ as number),
      [name, times] as const,
    );

  const held = async (): Promise<Held> => {
    while (server.running.size > 0) await new Promise((resolve) => setImmediate(resolve));
    let left = Number.POSITIVE_INFINITY;
    // Some are held until promises that nobody waits for are collected, and what they hold only after them.
    for (let turn = 0; turn < 10 && left > 0; turn++) {
      await devtools.send('HeapProfiler.collectGarbage');
      left = (await call('left')) as number;
    }
    const { metrics } = await devtools.send('Performance.getMetrics');
    const of = (name: string) => metrics.find((each) => each.name === name)?.value ?? Number.NaN;
    return {
      nodes: of('Nodes'),
      listeners: of('JSEventListeners'),
      heap: countHeap ? await heapOf(devtools) : Number.NaN,
      timers: await tab.evaluate(() => (window as unknown as { timers: Set<number> }).timers.size),
      left,
      running: server.running.size,
    };
  };

  const result = {} as Record<keyof typeof rounds, { readonly before: Held; readonly after: Held }>;
  for (const [name, times] of Object.entries(rounds) as [keyof typeof rounds, number][]) {
    await call(name, Math.ceil(times / 10));
    const before = await held();
    await call(name, times);
    result[name] = { before, after: await held() };
  }
  // Nobody follows the cache any more, but for the page that is shown.
  const asked = { ...server.calls };
  await call('invalidate');
  await tab.evaluate(() => new Promise((resolve) => setTimeout(resolve, 0)));
  return { ...result, asked, askedAfterwards: { ...server.calls } };
}
