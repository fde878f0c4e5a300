import { report } from '../reactive/error.js';
import { onCleanup } from '../reactive/owner.js';
import { signal } from '../reactive/signal.js';
import { render } from '../view/render.js';
import type { Component, View } from '../view/types.js';
import { h } from './h.js';
import type { Command, Snapshot, SnapshotSource } from './snapshot.js';
import { style } from './style.js';
import { CallsView, ComponentsView, ContainerView, QueriesView, RouterView, StreamsView, type ViewProps } from './views.js';

const views: Readonly<Record<string, Component<ViewProps>>> = {
  Components: ComponentsView,
  Queries: QueriesView,
  Calls: CallsView,
  Streams: StreamsView,
  Router: RouterView,
  Container: ContainerView,
};

/** Milliseconds between two reads of the state. */
const interval = 500;

/** Properties of `Panel`. */
export interface PanelProps {
  readonly source: SnapshotSource;
  /** Whether values are visible from the start. */
  readonly values: boolean;
  /** CSS class of the element. */
  readonly class?: string;
  /** Shown at the end of the bar. */
  readonly end?: View;
}

/** Shows the state of an application, and reads it twice a second while it is mounted. */
export function Panel({ source, values: shown, class: name = '', end }: PanelProps): View {
  const snapshot = signal<Snapshot | undefined>(undefined);
  const values = signal(shown);
  const tab = signal('Components');
  let reading = false;
  const read = async () => {
    // Does not read again while a slow page has not answered.
    if (reading) return;
    reading = true;
    try {
      snapshot.set(await source.read(values.peek()));
    } catch (error) {
      report(error);
    } finally {
      reading = false;
    }
  };
  const send = (command: Command) => {
    Promise.resolve(source.send(command)).then(read, report);
  };
  void read();
  const timer = setInterval(() => void read(), interval);
  onCleanup(() => clearInterval(timer));
  const toggle = (event: { readonly currentTarget: HTMLInputElement }) => {
    values.set(event.currentTarget.checked);
    void read();
  };
  return h(
    'section',
    { class: `panel ${name}`, 'aria-label': 'Aether' },
    h(
      'div',
      { class: 'bar' },
      h('div', { role: 'tablist', 'aria-label': 'Views' }, ...Object.keys(views).map((each) => tabButton(each))),
      h('label', {}, h('input', { type: 'checkbox', checked: values, onChange: toggle }), ' values'),
      h('span', { class: 'space' }),
      end,
    ),
    h('div', { class: 'content', role: 'tabpanel', 'aria-label': () => tab(), tabindex: 0 }, () =>
      snapshot() === undefined ? h('p', {}, 'No application of Aether has its devtools open here.') : body(),
    ),
  );

  function tabButton(each: string): View {
    const selected = () => tab() === each;
    return h('button', { type: 'button', role: 'tab', 'aria-selected': selected, onClick: () => tab.set(each) }, each);
  }

  function body(): View {
    return () => h(views[tab()] as Component<ViewProps>, { snapshot, send });
  }
}

/**
 * Shows a panel in an element or shadow root, as the browser extension does.
 *
 * @returns a function that removes the panel
 */
export function showPanel(container: Element | ShadowRoot, source: SnapshotSource): () => void {
  return render([h('style', {}, style), h(Panel, { source, values: false })], container);
}
