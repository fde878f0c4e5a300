import type { Fill } from './exposed.js';
import { assertMemberName } from './member-name.js';
import { memberMetadata } from './metadata.js';

/** Decorator of parameters of methods, in the legacy dialect; the standard dialect has none. */
export type FillingDecorator = (prototype: object, name: string, position: number) => void;

/**
 * Makes a parameter decorator whose parameters the callee fills: `const CurrentUser = createParameter((call) => call.user)`,
 * `get(@CurrentUser user: Filled<User>)`. Without parameter decorators: `@Public({ fill: { 0: (call) => call.user } })`.
 *
 * @param fill returns the value for each call; an error that it throws fails the call
 */
export function createParameter(fill: Fill): FillingDecorator {
  return (prototype, name, position) => {
    if (typeof name !== 'string' || typeof prototype === 'function') {
      throw new TypeError('expected a parameter of a method, not of a constructor or a static method');
    }
    assertMemberName(name, 'a parameter decorator');
    const record = memberMetadata(prototype, name);
    record.fills = new Map([...record.fills, [position, fill]]);
  };
}
