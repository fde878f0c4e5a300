import type { ModuleReference, Provider } from '@omnitron-dev/nexus';
import { report } from '../reactive/error.js';
import { onCleanup } from '../reactive/owner.js';
import type { View } from '../view/types.js';
import { provideContainer, useInjector } from './container.js';

/** Properties of `Provide`. One of `module` and `providers` is given. */
export interface ProvideProps {
  readonly module?: ModuleReference;
  readonly providers?: readonly Provider[];
  readonly children?: View;
}

/**
 * Opens a child container for everything below it. It sees the container above, and is disposed of with this component.
 *
 * ```tsx
 * <Provide providers={[CartStore]}><Cart /></Provide>
 * ```
 */
export function Provide(props: ProvideProps): View {
  const { module, providers = [] } = props;
  const container = useInjector().createChild(module ?? providers);
  onCleanup(() => void container.dispose().catch(report));
  provideContainer(container);
  return () => props.children;
}
