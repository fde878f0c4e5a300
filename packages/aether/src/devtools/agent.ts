import type { Container } from '@omnitron-dev/nexus';
import { NetronClient } from '../netron/client.js';
import { CACHE_MANAGER } from '../netron/tokens.js';
import { report } from '../reactive/error.js';
import type { Scope } from '../reactive/owner.js';
import type { Router } from '../router/router.js';
import { Calls } from './calls.js';
import { errorText, preview } from './preview.js';
import { Providers } from './providers.js';
import { queriesOf, refetch } from './queries.js';
import type { Command, RouterInfo, Snapshot, SnapshotSource } from './snapshot.js';
import { Streams } from './streams.js';
import { TreeReader, topOf } from './tree.js';

/** Key under which the browser extension finds the agent of a page. */
export const agentKey: symbol = Symbol.for('@omnitron-dev/aether/devtools');

/** Parts of an application to inspect. */
export interface Subject {
  /** An owner anywhere in the view. */
  readonly scope: Scope;
  /** A component to leave out of the tree. */
  readonly without: Scope | undefined;
  readonly container: Container | undefined;
  router(): Router | undefined;
}

/** Reads the state of an application in this page. */
export class Agent implements SnapshotSource {
  readonly #subject: Subject;
  readonly #tree = new TreeReader();
  readonly #calls: Calls | undefined;
  readonly #streams: Streams | undefined;
  readonly #providers: Providers | undefined;

  constructor(subject: Subject) {
    this.#subject = subject;
    const client = subject.container?.get(NetronClient);
    this.#calls = client && new Calls(client);
    this.#streams = client && new Streams(client);
    this.#providers = subject.container && new Providers(subject.container);
    (globalThis as Record<symbol, unknown>)[agentKey] = this;
  }

  read(values: boolean): Snapshot {
    const { scope, without, container } = this.#subject;
    const router = this.#subject.router();
    const cache = container?.get(CACHE_MANAGER);
    return {
      ...this.#tree.read(topOf(scope), without, values),
      queries: cache === undefined ? [] : queriesOf(cache, values),
      hitRate: cache?.getStats().hitRate ?? 0,
      calls: this.#calls?.list(values) ?? [],
      streams: this.#streams?.list(values) ?? [],
      providers: this.#providers?.list(values) ?? [],
      router: router && routerInfo(router, values),
    };
  }

  send(command: Command): void {
    const { container } = this.#subject;
    if (command.type === 'forgetCalls') this.#calls?.forget();
    else if (command.type === 'navigate') this.#subject.router()?.navigate(command.to).catch(report);
    else if (container !== undefined) refetch(container.get(CACHE_MANAGER), command.key);
  }

  end(): void {
    this.#calls?.end();
    const page = globalThis as Record<symbol, unknown>;
    if (page[agentKey] === this) delete page[agentKey];
  }
}

function routerInfo(router: Router, values: boolean): RouterInfo {
  const page = router.page.peek();
  return {
    url: (page?.url ?? router.url).href,
    navigating: router.navigation.peek()?.to.href,
    routes: (page?.matches ?? []).map(({ route, params, data, error }) => ({
      path: route.path,
      params,
      error: error && errorText(error),
      data: values ? preview(data) : undefined,
    })),
  };
}
