import type { ModuleReference, Provider } from '@omnitron-dev/nexus';
import { report } from '../reactive/error.js';
import { onCleanup } from '../reactive/owner.js';
import type { View } from '../view/types.js';
import { provideContainer, useInjector } from './container.js';

/** Properties of `Provide`: either `module` or `providers`. */
export interface ProvideProps {
  readonly module?: ModuleReference;
  readonly providers?: readonly Provider[];
  readonly children?: View;
}

/**
 * Opens a child container for everything below it. The child falls back to the container above, and is disposed with this
 * component.
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
