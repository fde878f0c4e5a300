import { TitanError } from '../errors/titan-error.js';

/** Names of the hooks of a module. */
export const hookNames = ['health', 'onReady', 'onStart', 'onStop'] as const;

/**
 * Refuses public members that have the name of a hook: callers could stop a running part, and the application would call a
 * public method as a hook.
 *
 * @throws TitanError `invalid_use`
 */
export function checkNoHook(where: string, member: string): void {
  if (!(hookNames as readonly string[]).includes(member)) return;
  const text = `${where}: public member '${member}' has the name of a lifecycle hook; rename it`;
  throw new TitanError('invalid_use', text);
}
