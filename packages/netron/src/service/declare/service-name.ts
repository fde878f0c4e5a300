import { described } from '../../util/check.js';

/** ASCII letters, digits, `_`, `-`, `.`, `/`; begins with a letter, digit or `_`; at most 128 characters. */
const nameGrammar = /^\w[\w./-]{0,127}$/;

/** Semantic Versioning 2.0.0 (https://semver.org), with the regular expression it recommends. */
const versionGrammar =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*)?(?:\+[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?$/;

const longestVersion = 64;

/** Version of a service that declares none. */
const defaultVersion = '1.0.0';

/** A service's name and exact version. */
export interface ServiceId {
  readonly name: string;
  readonly version: string;
}

/** Whether `text` is a valid name of a service, without version. */
export function isServiceName(text: string): boolean {
  return nameGrammar.test(text);
}

/** Whether `text` is an exact semantic version, for instance `1.0.0` or `2.0.0-beta.1`. */
export function isVersion(text: string): boolean {
  return text.length <= longestVersion && versionGrammar.test(text);
}

/** Splits a query into the name and the text after `@`, if there is one. @throws TypeError for a value that is not a string */
export function splitServiceName(text: string): { name: string; suffix: string | undefined } {
  if (typeof text !== 'string') throw new TypeError(`expected a service name, got ${described(text)}`);
  const at = text.indexOf('@');
  return at === -1 ? { name: text, suffix: undefined } : { name: text.slice(0, at), suffix: text.slice(at + 1) };
}

/** Returns the message for an invalid name of a service, with the names that are allowed. */
export const noServiceName = (text: string): string =>
  `invalid service name '${text.slice(0, 128)}': expected 1 to 128 letters, digits, '_', '-', '.' and '/', starting with a letter, digit or '_'`;

/** Returns the message for a missing version after `@`. */
export const noVersionBehind = (name: string): string => `'${name}@': expected a version or a range after @`;

/**
 * Parses the name under which a service is declared.
 *
 * @param text `calculator@1.0.0` or `calculator`
 * @param version when `text` contains none; default `1.0.0`
 * @throws TypeError when name or version are malformed, or two versions differ
 */
export function declaredServiceId(text: string, version?: string): ServiceId {
  const { name, suffix } = splitServiceName(text);
  if (!isServiceName(name)) throw new TypeError(noServiceName(name));
  if (suffix !== undefined && version !== undefined && suffix !== version) {
    throw new TypeError(`service '${name}' has two versions, ${suffix} and ${version}`);
  }
  const exact = suffix ?? version ?? defaultVersion;
  if (!isVersion(exact))
    throw new TypeError(`invalid version '${exact}' of service '${name}': expected a full version such as 1.0.0`);
  return { name, version: exact };
}

/**
 * Returns the service name for a class that declares none: kebab-case without `Service`. `UserProfileService` gives
 * `user-profile`.
 *
 * @throws TypeError when the class name gives no valid service name
 */
export function serviceNameOfClass(className: string): string {
  // esbuild renames a class that references itself to `_Name`.
  const bare = className.replace(/^_+/, '');
  const stem = bare.replace(/Service$/, '') || bare;
  const name = stem
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
  if (!isServiceName(name))
    throw new TypeError(`cannot derive a service name from class '${className}': use @Service('name@1.0.0')`);
  return name;
}
