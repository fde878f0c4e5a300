/** Classes of errors that an application has registered, by name and by prototype. */
import { described, isRecord } from '../util/check.js';
import { onlyOptions } from '../util/only-options.js';
import type { Code } from './codes.js';
import { cutMessage, isErrorName, isFieldName, readCode } from './error-texts.js';
import { errorMark, NetronError } from './netron-error.js';
import type { WireError } from './wire-error.js';

/** A class of errors; its constructor may have any parameters, because it is not called. */
export type ErrorClass<T extends Error = Error> = abstract new (...args: never[]) => T;

/** Options of a class of errors. */
export interface ErrorClassOptions<T extends Error = Error> {
  /** Name of the class on the wire. Default: the class's own name. Set it when code is minified. */
  readonly name?: string;
  /** Code of instances that have none of their own. Default `unknown`. */
  readonly code?: string;
  /** Fields that are sent. Default: all own enumerable fields with plain data. */
  readonly fields?: readonly string[];
  /** Whether `cause` is sent, up to 8 levels deep. Default `true`. */
  readonly cause?: boolean;
  /** Builds an instance from the wire form, where one made without its constructor would not work, for instance with `#private` fields. */
  readonly restore?: (wire: WireError) => T;
}

/** One registered class. */
export interface ErrorClassEntry {
  readonly name: string;
  readonly prototype: object;
  readonly code: string;
  /** The only code that instances have; a peer's error with another code belongs to another class of the same name. */
  readonly fixedCode: Code | undefined;
  readonly fields: ReadonlySet<string> | undefined;
  readonly cause: boolean;
  readonly restore: ((wire: WireError) => Error) | undefined;
  /** Whether the application has registered it. */
  readonly own: boolean;
}

export class ErrorClasses {
  readonly #byName = new Map<string, ErrorClassEntry>();
  readonly #byPrototype = new Map<object, ErrorClassEntry>();

  /**
   * Adds a class. It may have the name of one of the named errors.
   *
   * @throws TypeError when `ErrorClass` is not an error class, another class already has its name, or an option is unknown
   */
  register<T extends Error>(ErrorClass: ErrorClass<T>, options: ErrorClassOptions<NoInfer<T>> = {}): void {
    const entry = toEntry(ErrorClass, options);
    const { name, prototype } = entry;
    const namesake = this.#byName.get(name)?.prototype ?? (name === 'NetronError' ? NetronError.prototype : prototype);
    if (namesake !== prototype) throw new TypeError(`another error class is registered as '${name}'`);
    const before: unknown =
      this.#byPrototype.get(prototype)?.name ?? Object.getOwnPropertyDescriptor(prototype, errorMark)?.value ?? name;
    if (before !== name) throw new TypeError(`'${name}' is already registered as '${before}'`);
    this.#byName.set(name, entry);
    this.#byPrototype.set(prototype, entry);
  }

  /** Returns the class with a name. */
  named(name: string): ErrorClassEntry | undefined {
    return this.#byName.get(name);
  }

  /** Returns the class with a prototype. */
  ofPrototype(prototype: object): ErrorClassEntry | undefined {
    return this.#byPrototype.get(prototype);
  }
}

const names: Readonly<Record<keyof ErrorClassOptions, true>> = {
  name: true,
  code: true,
  fields: true,
  cause: true,
  restore: true,
};

function toEntry<T extends Error>(Class: ErrorClass<T>, options: ErrorClassOptions<T>): ErrorClassEntry {
  const prototype: unknown = (Class as { prototype?: unknown } | undefined)?.prototype;
  if (!(prototype instanceof Error)) throw new TypeError('only classes that extend Error can be registered');
  if (!isRecord(options as unknown))
    throw new TypeError(`options of an error class must be an object, not ${described(options)}`);
  onlyOptions(`error class '${Class.name}'`, options, names);
  const { name = Class.name, code = 'unknown', fields, cause = true, restore } = options;
  if (!isErrorName(name)) throw new TypeError(`invalid error class name '${cutMessage(name)}': set options.name`);
  if (readCode(code) === undefined) throw new TypeError(`invalid error code '${cutMessage(code)}'`);
  const refused = fields?.find((field) => !isFieldName(field));
  if (refused !== undefined) throw new TypeError(`invalid error field '${refused}'`);
  return { name, prototype, code, fixedCode: undefined, fields: fields && new Set(fields), cause, restore, own: true };
}
