import { missing, optionsKey, type Proxied, targetOf } from './proxy.js';

/**
 * Writes a property of a remote service and resolves when it is written, which an assignment cannot report.
 *
 * @throws NetronError `permission_denied` when the property is read-only, `not_found` when it does not exist
 */
export async function setProperty<T extends object, K extends keyof T & string>(
  service: T,
  name: K,
  value: Awaited<T[K]>,
): Promise<void> {
  const to = targetOf(service);
  if (to === undefined) throw new TypeError('setProperty requires a service from queryInterface');
  const options = (service as unknown as Proxied)[optionsKey];
  const definition = (await to.known?.(name, options)) ?? to.definition;
  const member = definition.members.findIndex((candidate) => candidate.name === name && candidate.kind === 'property');
  if (member < 0) throw missing(definition, name);
  if (to.invokeNamed !== undefined) await to.invokeNamed(name, [value], options);
  else await to.invoke(member, [value], options);
}
