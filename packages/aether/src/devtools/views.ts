/** The views of the panel. */
import { computed } from '../reactive/computed.js';
import type { Signal } from '../reactive/signal.js';
import { For } from '../view/for.js';
import type { View } from '../view/types.js';
import { h } from './h.js';
import type {
  CallInfo,
  Command,
  ComponentInfo,
  ProviderInfo,
  QueryInfo,
  RouteInfo,
  SignalInfo,
  Snapshot,
  StreamInfo,
} from './snapshot.js';

/** State of a panel, as its views see it. */
export interface ViewProps {
  readonly snapshot: Signal<Snapshot | undefined>;
  readonly send: (command: Command) => void;
}

export function ComponentsView({ snapshot }: ViewProps): View {
  const omitted = () => snapshot()?.omitted ?? 0;
  return [
    list(() => snapshot()?.components ?? []),
    h('p', {}, () => (omitted() > 0 ? `${omitted()} more components` : undefined)),
  ];
}

const list = (components: () => readonly ComponentInfo[]): View =>
  h(
    'ul',
    {},
    rows(
      components,
      ({ id }) => id,
      (component) => h('li', { 'data-component': () => component().name }, ...item(component)),
    ),
  );

const item = (component: () => ComponentInfo): View[] => [
  h('b', {}, () => `<${component().name}>`),
  () => ` ${component().effects} ${component().effects === 1 ? 'effect' : 'effects'}`,
  h(
    'ul',
    {},
    rows(
      () => component().signals,
      ({ id }) => id,
      signalItem,
    ),
  ),
  () => (component().children.length > 0 ? list(() => component().children) : undefined),
];

const signalItem = (signal: () => SignalInfo): View =>
  h('li', { class: 'value' }, () => {
    const { name, value } = signal();
    return value === undefined ? name : `${name} = ${value}`;
  });

export function QueriesView({ snapshot, send }: ViewProps): View {
  const cells = (query: () => QueryInfo): View[] => [
    h('th', { scope: 'row' }, () => query().name),
    h('td', { class: () => query().condition }, () => query().error ?? query().condition),
    h('td', {}, () => duration(query().age)),
    h('td', {}, () => query().observers),
    h('td', {}, () => query().tags.join(', ')),
    h('td', { class: 'value' }, () => query().value),
    h('td', {}, h('button', { type: 'button', onClick: () => send({ type: 'refetch', key: query().key }) }, 'Refetch')),
  ];
  return [
    h('p', {}, () => `${Math.round((snapshot()?.hitRate ?? 0) * 100)} % of reads answered by the cache`),
    table(
      'Queries',
      ['Query', 'State', 'Age', 'Shown by', 'Tags', 'Value', 'Action'],
      rows(
        () => snapshot()?.queries ?? [],
        ({ key }) => key,
        (query) => h('tr', {}, ...cells(query)),
      ),
    ),
  ];
}

export function CallsView({ snapshot, send }: ViewProps): View {
  const cells = (call: () => CallInfo): View[] => [
    h('th', { scope: 'row' }, () => call().name),
    h('td', {}, () => call().backend),
    h('td', {}, () => duration(call().duration)),
    h('td', { class: 'error' }, () => call().error),
    h('td', { class: 'value' }, () => call().args),
  ];
  return [
    h('p', {}, h('button', { type: 'button', onClick: () => send({ type: 'forgetCalls' }) }, 'Forget all')),
    table(
      'Calls',
      ['Call', 'Backend', 'Time', 'Error', 'Arguments'],
      rows(
        () => snapshot()?.calls ?? [],
        ({ id }) => id,
        (call) => h('tr', {}, ...cells(call)),
      ),
    ),
  ];
}

export function StreamsView({ snapshot }: ViewProps): View {
  const cells = (stream: () => StreamInfo): View[] => [
    h('th', { scope: 'row' }, () => stream().name),
    h('td', { class: () => stream().status }, () => stream().error ?? stream().status),
    h('td', {}, () => stream().received),
    h('td', { class: 'value' }, () => stream().args),
    h('td', { class: 'value' }, () => stream().value),
  ];
  const streams = rows(
    () => snapshot()?.streams ?? [],
    ({ id }) => id,
    (stream) => h('tr', {}, ...cells(stream)),
  );
  return table('Streams', ['Stream', 'State', 'Items', 'Arguments', 'Newest'], streams);
}

export function ContainerView({ snapshot }: ViewProps): View {
  const cells = (provider: () => ProviderInfo): View[] => [
    h('th', { scope: 'row' }, () => provider().token),
    h('td', {}, () => provider().kind),
    h('td', {}, () => provider().scope),
    h('td', {}, () => provider().module),
    h('td', {}, () => (provider().created ? 'yes' : 'no')),
    h('td', { class: 'value' }, () => provider().value),
  ];
  const providers = rows(
    () => snapshot()?.providers ?? [],
    ({ id }) => id,
    (provider) => h('tr', {}, ...cells(provider)),
  );
  return table('Container', ['Token', 'Kind', 'Scope', 'Module', 'Created', 'Instance'], providers);
}

export function RouterView({ snapshot }: ViewProps): View {
  const router = () => snapshot()?.router;
  const cells = (route: () => RouteInfo): View[] => [
    h('th', { scope: 'row' }, () => route().path),
    h('td', {}, () => JSON.stringify(route().params)),
    h('td', { class: 'error' }, () => route().error),
    h('td', { class: 'value' }, () => route().data),
  ];
  return [
    h('p', {}, () => router()?.url ?? 'No router'),
    h('p', { role: 'status' }, () => router()?.navigating && `on the way to ${router()?.navigating}`),
    table(
      'Routes',
      ['Path', 'Parameters', 'Error', 'Data'],
      rows(
        () => router()?.routes ?? [],
        ({ path }) => path,
        (route) => h('tr', {}, ...cells(route)),
      ),
    ),
  ];
}

/** Shows a row for each item of a list that is re-read repeatedly: a row stays while its key does. */
function rows<T>(each: () => readonly T[], by: (item: T) => unknown, row: (item: () => T) => View): View {
  const known = computed(() => new Map(each().map((item) => [by(item), item])));
  return h(For<unknown>, { each: () => [...known().keys()] }, (key: unknown) =>
    // The last one stays until its row is gone.
    row(computed<T>((before) => known().get(key) ?? (before as T))),
  );
}

const table = (caption: string, heads: readonly string[], body: View): View =>
  h(
    'table',
    { 'aria-label': caption },
    h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))),
    h('tbody', {}, body),
  );

const duration = (ms: number | undefined): string =>
  ms === undefined ? '…' : ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
