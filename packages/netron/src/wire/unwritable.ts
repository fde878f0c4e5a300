import { type Code } from '../errors/codes.js';
import { NetronError } from '../errors/netron-error.js';
import { thrownText } from '../util/thrown.js';
import type { Limits } from './limits.js';

/** A limit of the receiver, and the least that a value needs of it. */
export interface Exceeded {
  readonly option: 'limits.message' | 'limits.elements' | 'limits.depth';
  readonly limit: number;
  readonly needed: number;
}

/** Returns the reason for a value that exceeds a limit of its receiver. */
export function exceeds(option: Exceeded['option'], limit: number, needed: number, what: string): Unwritable {
  const text = `${what} of its receiver (option ${option}): ${needed} or more`;
  return new Unwritable('resource_exhausted', text, undefined, { option, limit, needed });
}

/**
 * Reason why a value could not be written. It passes up through the containers of the value, each of which adds its position, and becomes a
 * `NetronError` at the top. Not an `Error` itself, since no stack is needed before that.
 */
export class Unwritable {
  readonly code: Code;
  /** Continues a sentence that starts with the path, for instance `is a symbol`. */
  readonly reason: string;
  readonly cause: unknown;
  /** The limit that the value exceeds. */
  readonly details: Exceeded | undefined;
  /** Innermost first. */
  readonly segments: string[] = [];
  readonly containers: object[] = [];

  constructor(code: Code, reason: string, cause?: unknown, details?: Exceeded) {
    this.details = details;
    this.code = code;
    this.reason = reason;
    this.cause = cause;
  }

  /**
   * Adds the container of the value and its position: `undefined` when the reason is the container itself. Any other error, for instance of
   * a getter, is wrapped.
   */
  static within(thrown: unknown, container: object, key: unknown): Unwritable {
    const unwritable = Unwritable.from(thrown);
    unwritable.segments.push(segment(key));
    unwritable.containers.push(container);
    return unwritable;
  }

  /** Converts a thrown value to the error for the user. `root` names the outermost value, for instance `result`. */
  static explain(thrown: unknown, root: string): NetronError {
    const unwritable = Unwritable.from(thrown);
    const { code, cause } = unwritable;
    const containers = unwritable.containers.toReversed();
    const segments = unwritable.segments.toReversed();
    const { details } = unwritable;
    const options = { ...(cause !== undefined && { cause }), ...(details !== undefined && { details: { ...details } }) };
    const repeated = containers.findIndex((container, index) => containers.indexOf(container) < index);
    if (repeated >= 0 && code === 'resource_exhausted') {
      const path = join(root, segments.slice(0, repeated));
      return new NetronError('invalid_argument', `${path} is a circular reference`, cause === undefined ? {} : { cause });
    }
    return new NetronError(code, `${join(root, segments)} ${unwritable.reason}`, options);
  }

  private static from(thrown: unknown): Unwritable {
    if (isUnwritable(thrown)) return thrown;
    if (NetronError.is(thrown)) return new Unwritable(thrown.code, `cannot be sent: ${thrown.message}`, thrown);
    return new Unwritable('invalid_argument', `cannot be read: ${thrownText(thrown)}`, thrown);
  }
}

/** Whether it is one; a proxy may throw when it is inspected. */
function isUnwritable(thrown: unknown): thrown is Unwritable {
  try {
    return thrown instanceof Unwritable;
  } catch {
    return false;
  }
}

function segment(key: unknown): string {
  if (key === undefined) return '';
  if (typeof key === 'number') return `[${key}]`;
  const name = String(key);
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name.slice(0, 64))}]`;
}

function join(root: string, segments: readonly string[]): string {
  const path = segments.join('');
  const shown = path.length <= 240 ? path : `${path.slice(0, 160)} … ${path.slice(-60)}`;
  return root + (root.endsWith('argument') && shown !== '' ? ` ${shown}` : shown);
}

/** Returns the error for a message longer than the receiver accepts. */
export function tooLong({ message }: Readonly<Pick<Limits, 'message'>>, needed: number): Unwritable {
  return exceeds('limits.message', message, needed, `makes the message exceed the limit of ${message} bytes`);
}
