import { expect } from 'vitest';
import type { AppOptions, Module } from '../../src/index.js';

export const silent: AppOptions = { signals: false, logger: { level: 'silent' } };
/** Listens on a free port of this machine, without a health port. */
export const free = { netron: { port: 0, healthPort: false } };

/** A module class that writes to a log what is asked of it. */
export function part(name: string, log: string[], hooks: Partial<Record<keyof Module, () => unknown>> = {}) {
  const said = (hook: keyof Module) => () => {
    log.push(`${name} ${hook}`);
    return hooks[hook]?.();
  };
  const type = class implements Module {
    onStart = said('onStart');
    onReady = said('onReady');
    onStop = said('onStop');
    [Symbol.dispose]() {
      log.push(`${name} disposed`);
    }
  };
  Object.defineProperty(type, 'name', { value: name });
  return type;
}

/** The error that an action fails with. */
export async function failure(action: Promise<unknown>): Promise<Error> {
  return action.then(
    () => expect.unreachable('it did not fail'),
    (error: Error) => error,
  );
}
