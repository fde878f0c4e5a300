/** The page of a test: a container with one backend, hooks that run as in a component, waits for signals. */
import type { Container } from '@omnitron-dev/nexus';
import { compileModule, createRoot, effect, Module, type Signal } from '../../src/index.js';
import { NetronModule } from '../../src/netron/index.js';

/** Makes the container of a page with one backend. */
export function page(url: string, ...providers: (new () => object)[]): Container {
  @Module({ imports: [NetronModule.forRoot({ baseUrl: url })], providers })
  class AppModule {}
  return compileModule(AppModule);
}

/** Runs a setup as a component does; `dispose` ends it. */
export function setup<T>(container: Container, run: () => T): { readonly result: T; readonly dispose: () => void } {
  return createRoot((dispose) => ({ result: container.run(run), dispose }));
}

/** Resolves with the value of a signal as soon as it is what is wanted. Has no deadline of its own: the test has one. */
export function until<T>(read: Signal<T>, wanted: (value: T) => boolean): Promise<T> {
  return new Promise((resolve) => {
    createRoot((dispose) => {
      effect(() => {
        const value = read();
        if (!wanted(value)) return;
        queueMicrotask(dispose);
        resolve(value);
      });
    });
  });
}

/** Resolves when a set of a server, such as its calls under way, is empty. */
export async function emptied(set: ReadonlySet<unknown>): Promise<void> {
  while (set.size > 0) await new Promise((resolve) => setImmediate(resolve));
}
