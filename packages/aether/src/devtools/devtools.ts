import { findContainer } from '../di/container.js';
import { currentScope, onCleanup } from '../reactive/owner.js';
import { signal } from '../reactive/signal.js';
import { useRouter } from '../router/outlet.js';
import { pageRouter } from '../router/page-routers.js';
import type { Router } from '../router/router.js';
import { onMount } from '../view/mounts.js';
import { render } from '../view/render.js';
import type { View } from '../view/types.js';
import { Agent } from './agent.js';
import { h } from './h.js';
import { Panel } from './panel.js';
import { style } from './style.js';

/** Properties of `Devtools`. */
export interface DevtoolsProps {
  /** Default: the surrounding router, or else the router of the page. */
  readonly router?: Router;
  /** Whether the panel is open from the start. Default `false`: a button is shown. */
  readonly open?: boolean;
}

/**
 * Shows the state of an application in a panel at the bottom of the page: components with the signals that they track,
 * cached queries, calls and the router. Place it anywhere in the application; it shows nothing at that place. While it is
 * mounted, the browser extension also finds the application.
 *
 * It records calls from the moment it is first mounted.
 *
 * ```tsx
 * const Devtools = lazy(async () => ({ default: (await import('@omnitron-dev/aether/devtools')).Devtools }));
 * const App = () => <>{import.meta.env.DEV && <Devtools />}<Page /></>;
 * ```
 */
export function Devtools(props: DevtoolsProps): View {
  const scope = currentScope('Devtools');
  const around = routerAround();
  const router = () => props.router ?? around ?? pageRouter();
  const agent = new Agent({ scope, without: scope, container: findContainer(), router });
  onCleanup(() => agent.end());
  onMount(() => {
    const host = document.body.appendChild(document.createElement('aether-devtools'));
    const end = render(() => h(Docked, { agent, open: props.open ?? false }), host.attachShadow({ mode: 'open' }));
    return () => {
      end();
      host.remove();
    };
  });
  return undefined;
}

function routerAround(): Router | undefined {
  try {
    return useRouter();
  } catch {
    return undefined;
  }
}

/** A button that opens the panel, and the panel. */
function Docked({ agent, open: initial }: { readonly agent: Agent; readonly open: boolean }): View {
  const open = signal(initial);
  const close = h('button', { type: 'button', onClick: () => open.set(false) }, 'Close');
  const button = h('button', { type: 'button', class: 'open', onClick: () => open.set(true) }, 'Aether');
  return [
    h('style', {}, style),
    () => (open() ? h(Panel, { source: agent, values: true, class: 'docked', end: close }) : button),
  ];
}
