import { AsyncLocalStorage } from 'node:async_hooks';
import { assertSendable, deriveCall, type Handler, type MemberInfo, NetronError, thrownText } from '@omnitron-dev/netron';
import { whenDone } from '../util/when-done.js';

/**
 * Enforces the limits of remote calls between services of one process: arguments and results can be sent, and arguments
 * arrive as frozen copies. For development.
 *
 * @param apart whether two services are placed in different processes
 */
export function lintLocalCalls(apart: (from: string | undefined, to: string) => boolean) {
  /** Service whose method is running. */
  const running = new AsyncLocalStorage<string>();
  return (method: Handler, member: MemberInfo): Handler => {
    const next: Handler = (call) => running.run(member.service, () => method(call));
    const name = `${member.service}.${member.name}`;
    const checked = (value: unknown): unknown => {
      sendable(value, `the result of ${name}`);
      return value;
    };
    return (call) => {
      if (call.peer.transport !== 'local' || !apart(running.getStore(), member.service)) return next(call);
      const args = call.args.map((argument, at) => {
        sendable(argument, `argument ${at + 1} of ${name}`);
        return frozenCopy(argument);
      });
      const result = next(deriveCall(call, { args }));
      return member.kind === 'stream' ? result : whenDone(result, checked);
    };
  };
}

/** @throws NetronError `invalid_argument` with the path of the value that cannot be sent, and the target of the call */
function sendable(value: unknown, name: string): void {
  try {
    assertSendable(value, { name });
  } catch (error) {
    throw new NetronError('invalid_argument', `cannot be sent between processes: ${thrownText(error)}`, { cause: error });
  }
}

/** Copies and freezes plain data; values that travel by reference stay as they are. */
function frozenCopy(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > 64) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item) => frozenCopy(item, depth + 1)));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, frozenCopy(each, depth + 1)])));
}
