/** Conversion of thrown values into `WireError`s and back: the one place that decides which parts of an error leave the process. */
import { hearPromise } from '../util/hear-promise.js';
import { isError } from '../util/thrown.js';
import { isCode } from './codes.js';
import { decodeDataError, encodeDataError } from './data-error.js';
import { encodeForeign, encodeThrown, unreadable } from './encode-error.js';
import { type ErrorClass, type ErrorClassEntry, ErrorClasses, type ErrorClassOptions } from './error-classes.js';
import { cutMessage, isErrorName, isFieldName, readCode } from './error-texts.js';
import { namedErrors } from './named-errors.js';
import { nativePrototype } from './native-errors.js';
import { errorMark, NetronError } from './netron-error.js';
import { copyPlain, dataProperty } from './plain-data.js';
import { type CheckedWireError, causeOf, readWireError } from './read-wire-error.js';
import { become, define, maxCauses, netronError } from './received-error.js';
import { redact } from './redact.js';
import { httpStatus, RemoteError } from './remote-error.js';
import type { ErrorCodec, WireError } from './wire-error.js';

/**
 * The error classes that a node knows by name. An instance of a registered class arrives as an instance of that class, with its
 * fields, code, message and causes. An instance of a subclass arrives as its nearest registered ancestor, under its own name. Of other
 * errors only name, code, message and the fields `status`, `statusCode`, `details` and `retryAfterMs` are sent, with paths
 * replaced in every text; they arrive as `RemoteError`. Stacks are never sent. `NetronError` and the named errors are
 * always known; their `cause` is not sent.
 */
export class ErrorRegistry implements ErrorCodec {
  readonly #classes: ErrorClasses;

  /** @param classes classes that the application has registered or will register */
  constructor(classes: ErrorClasses = new ErrorClasses()) {
    this.#classes = classes;
  }

  /**
   * Registers a class on this node; both nodes need it for its instances to arrive as such. An application's class
   * may take the name of one of the named errors.
   *
   * @throws TypeError when `ErrorClass` is not an error class, or another class already has its name
   */
  register<T extends Error>(ErrorClass: ErrorClass<T>, options: ErrorClassOptions<NoInfer<T>> = {}): void {
    this.#classes.register(ErrorClass, options);
  }

  /** Returns the parts of a thrown value that a peer may see. Never throws. */
  encode(error: unknown): WireError {
    return this.#encode(error, 0);
  }

  /** Returns the wire form of an error that the program sends as a value, with everything but the stack. Never throws. */
  encodeData(error: Error): WireError {
    return this.#encodeData(error, 0);
  }

  /** Returns the error for a wire form. Never throws, even for invalid input. */
  decode(wire: WireError): Error {
    return this.#decode(wire, 0);
  }

  #encode(error: unknown, depth: number): WireError {
    try {
      if (!isError(error)) return encodeThrown(error);
      const entry = this.#entryOf(error);
      if (entry === undefined) return encodeForeign(error);
      const wire = encodeKnown(error, entry);
      const cause = entry.cause && depth < maxCauses ? dataProperty(error, 'cause') : undefined;
      return cause === undefined ? wire : { ...wire, cause: this.#encode(cause, depth + 1) };
    } catch {
      // A proxy or an accessor on the error has thrown: its parts cannot be read.
      return unreadable;
    }
  }

  #encodeData(error: Error, depth: number): WireError {
    try {
      if (this.#entryOf(error) !== undefined) return this.#encode(error, depth);
      return encodeDataError(error, (cause, deeper) => this.#encodeData(cause, deeper), depth);
    } catch {
      return unreadable;
    }
  }

  #entryOf(error: object): ErrorClassEntry | undefined {
    let prototype: object | null = Object.getPrototypeOf(error);
    for (let i = 0; prototype !== null && i < maxAncestors; i += 1) {
      const entry = this.#classes.ofPrototype(prototype) ?? this.#ourEntry(prototype) ?? entryOfCopy(prototype);
      if (entry !== undefined) return entry;
      prototype = Object.getPrototypeOf(prototype);
    }
    return undefined;
  }

  /** Returns the entry of a class of this package, unless a class of the application has its name. */
  #ourEntry(prototype: object): ErrorClassEntry | undefined {
    const entry = alwaysByPrototype.get(prototype);
    return entry === undefined || this.#classes.named(entry.name) !== undefined ? undefined : entry;
  }

  #decode(given: unknown, depth: number): Error {
    let error: Error | undefined;
    try {
      const wire = readWireError(given, copyPlain);
      const entry = this.#classes.named(wire.name) ?? alwaysByName.get(wire.name);
      if (entry !== undefined) error = entry.own ? restoreOwn(entry, wire) : restoreOurs(entry, wire);
      if ((given as WireError).code === '') error ??= decodeDataError(wire.name, wire.ownName, given as WireError, wire.fields);
      error ??= remoteError(wire);
      const cause = depth < maxCauses ? causeOf(given) : undefined;
      if (cause !== undefined) define(error, 'cause', this.#decode(cause, depth + 1), false);
      return error;
    } catch {
      return error ?? new RemoteError(unreadable);
    }
  }
}

const ours = { fields: new Set(['details', 'retryAfterMs']), cause: false, restore: undefined, own: false };

const always: readonly ErrorClassEntry[] = [
  { ...ours, name: 'NetronError', prototype: NetronError.prototype, code: 'unknown', fixedCode: undefined },
  ...namedErrors.map(([name, { prototype }, code]): ErrorClassEntry => ({ ...ours, name, prototype, code, fixedCode: code })),
];
const alwaysByName = new Map(always.map((entry) => [entry.name, entry]));
const alwaysByPrototype = new Map(always.map((entry) => [entry.prototype, entry]));

/** Returns the entry for an error of another copy of this package. */
function entryOfCopy(prototype: object): ErrorClassEntry | undefined {
  const name: unknown = Object.getOwnPropertyDescriptor(prototype, errorMark)?.value;
  const entry = typeof name === 'string' ? alwaysByName.get(name) : undefined;
  return entry?.prototype === prototype ? undefined : entry;
}

const maxAncestors = 64;

function encodeKnown(error: Error, entry: ErrorClassEntry): WireError {
  const own = error as unknown as Record<string, unknown>;
  const code = typeof own.code === 'string' ? readCode(own.code) : undefined;
  const fields: Record<string, unknown> = {};
  for (const key of entry.fields ?? Object.keys(error)) {
    if (!isFieldName(key) || (key === 'code' && code !== undefined)) continue;
    // Listed fields may be getters; without a list only stored values are sent.
    const value = entry.fields === undefined ? dataProperty(error, key) : own[key];
    const copy = key === 'statusCode' ? httpStatus(value) : copyPlain(value, entry.own ? undefined : redact);
    if (copy !== undefined) fields[key] = copy;
  }
  const name = dataProperty(error, 'name');
  if (name !== entry.name && isErrorName(name)) fields.name = name;
  const text = String(error.message);
  const message = entry.own ? cutMessage(text) : redact(text);
  return { name: entry.name, code: code ?? entry.code, message, ...(Object.keys(fields).length > 0 && { fields }) };
}

function restoreOurs(entry: ErrorClassEntry, wire: CheckedWireError): Error | undefined {
  const { code } = wire;
  if (!isCode(code) || (entry.fixedCode !== undefined && entry.fixedCode !== code)) return undefined;
  return netronError(wire, code, entry.prototype);
}

function restoreOwn(entry: ErrorClassEntry, wire: CheckedWireError): Error | undefined {
  if (entry.restore !== undefined) return restoreBy(entry.restore, wire);
  const error = become(new Error(wire.message), entry.prototype, wire.ownName);
  if (wire.code !== 'unknown' || entry.code !== 'unknown') define(error, 'code', wire.code, true);
  for (const key of Object.keys(wire.fields)) {
    const hidden = key in entry.prototype;
    if (!hidden && (entry.fields === undefined || entry.fields.has(key))) define(error, key, wire.fields[key], true);
  }
  return error;
}

/** Returns a thrown error whose class is not registered here; an instance of a native class if it names one. */
function remoteError(wire: CheckedWireError): Error {
  const error = new RemoteError({ ...wire, name: wire.ownName });
  const prototype = wire.name === 'Error' ? undefined : nativePrototype(wire.name);
  if (prototype === undefined) return error;
  if (wire.name === 'AggregateError') define(error, 'errors', [], false);
  return Object.setPrototypeOf(error, prototype) as Error;
}

function restoreBy(restore: (wire: WireError) => Error, wire: CheckedWireError): Error | undefined {
  try {
    const error: unknown = restore(wire);
    hearPromise(error);
    return isError(error) ? error : undefined;
  } catch {
    return undefined;
  }
}
