import type { JsonSchema } from '../schema/schema.js';
import { hidden, shown } from '../util/secret-names.js';
import { withoutSecrets } from '../util/without-secrets.js';
import { isSecret } from './secrets.js';
import { isRecord, split, type Tree } from './tree.js';
import { valueAt } from './values.js';

/** A value of the configuration and its source. */
export interface ConfigLine {
  readonly key: string;
  /** The effective value, or `***` for a secret. */
  readonly value: unknown;
  /** The file, `env NAME`, `argument --name` or the name of an object; `default` for a value added by a schema. */
  readonly source: string;
  /** Line in a file, from 1. */
  readonly line?: number;
  /** Sources whose values this one replaced, the last first. */
  readonly replaced: readonly string[];
}

/** Lists every value of a tree, and the values added by schemas, by key. */
export function explain(
  tree: Tree,
  values: unknown,
  schemas: readonly { readonly path: string; readonly json: JsonSchema | undefined }[],
): ConfigLine[] {
  const lines: ConfigLine[] = [];
  const secret = (path: readonly PropertyKey[]) =>
    isSecret(path) ||
    schemas.some(({ path: at, json }) => {
      const start = split(at);
      return start.every((key, index) => key === path[index]) && isSecret(path.slice(start.length), json);
    });
  /** Returns a value without its secrets: lists, and records in them, are shown as a whole. */
  const safe = (path: readonly PropertyKey[], value: unknown): unknown => {
    if (secret(path)) return hidden;
    if (Array.isArray(value)) return value.map((item, index) => safe([...path, index], item));
    if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, safe([...path, key], each)]));
    if (typeof value === 'string') return /^\s*[[{]/.test(value) ? safeText(path, value) : shown(value);
    return typeof value === 'object' ? withoutSecrets(value) : value;
  };
  /** Parses JSON that no schema has converted to an object. */
  const safeText = (path: readonly PropertyKey[], text: string): unknown => {
    try {
      return JSON.stringify(safe(path, JSON.parse(text)));
    } catch {
      return shown(text);
    }
  };
  const line = (path: readonly string[], value: unknown, origin: Omit<ConfigLine, 'key' | 'value'>) => {
    lines.push({ key: path.join('.'), value: safe(path, value), ...origin });
  };
  const walk = (at: Tree | undefined, value: unknown, path: readonly string[]): void => {
    if (at?.kind === 'branch') {
      const keys = new Set([...at.children.keys(), ...Object.keys(typeof value === 'object' && value !== null ? value : {})]);
      for (const key of keys) walk(at.children.get(key), valueAt(value, [key]), [...path, key]);
    } else if (at) {
      const { source, line: number } = at.origin;
      const replaced = (at.replaced ?? []).map((origin) => origin.source);
      line(path, value ?? (at.kind === 'leaf' ? at.value : undefined), {
        source,
        ...(number === undefined ? {} : { line: number }),
        replaced,
      });
    } else if (isRecord(value) && Object.keys(value).length > 0) {
      for (const [key, each] of Object.entries(value)) walk(undefined, each, [...path, key]);
    } else if (value !== undefined) line(path, value, { source: 'default', replaced: [] });
  };
  walk(tree, values, []);
  return lines;
}
