import type { Container, InjectionToken } from '@omnitron-dev/nexus';
import { Numbers } from './numbers.js';
import { preview } from './preview.js';
import type { ProviderInfo } from './snapshot.js';

/** Lists the providers of a container, without creating instances. */
export class Providers {
  readonly #numbers = new Numbers();

  constructor(private readonly container: Container) {}

  list(values: boolean): ProviderInfo[] {
    const instances = new Map<unknown, unknown>(this.container.instances().map(({ token, instance }) => [token, instance]));
    return this.container.providers().map(({ token, kind, scope, module }) => ({
      id: this.#numbers.of(token),
      token: nameOf(token),
      kind,
      scope,
      module,
      created: kind === 'value' || instances.has(token),
      value: values && instances.has(token) ? preview(instances.get(token)) : undefined,
    }));
  }
}

function nameOf(token: InjectionToken): string {
  const { name, description } = token as { readonly name?: string; readonly description?: string };
  return description ?? name ?? String(token);
}
