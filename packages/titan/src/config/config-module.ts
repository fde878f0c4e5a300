import type { OptionNames } from '@omnitron-dev/netron';
import { checkFlag, checkNames, checkSchema } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';
import { type InferOutput, type JsonSchema, jsonSchemaOf, type Schema } from '../schema/schema.js';
import { ChangeListeners } from './change-listeners.js';
import { toValue } from './convert.js';
import { type ConfigLine, explain } from './explain.js';
import type { Config } from './path-types.js';
import { ConfigError, misspeltSections, type Problem, problemsOf, unknownKeys, validated } from './problems.js';
import { isSection, type SectionFacts } from './section-facts.js';
import { type ConfigSource, checkSources, readSources } from './sources.js';
import { emptyTree, find, merge, place, split, type Tree } from './tree.js';
import { valueAt, withValue } from './values.js';
import { watchFiles } from './watch.js';

/** Options of `loadWithSchema`. */
export interface LoadOptions<S extends Schema> {
  /** A section, or the schema of the whole configuration. */
  readonly schema: S;
  /** Sources; later ones override earlier ones. */
  readonly sources: readonly ConfigSource[];
  /** Reads the files again when they change. Default `false`. */
  readonly watch?: boolean;
}

/** Options of a configuration. */
export interface ConfigModuleOptions {
  /** Base folder of relative paths. Default: the working folder. */
  readonly base?: string;
  /** Receives the error of a changed file that cannot be used; the previous values stay. */
  readonly onError?: (error: unknown) => void;
}

const ofLoad: OptionNames<LoadOptions<Schema>> = { schema: true, sources: true, watch: true };
const ofModule: OptionNames<ConfigModuleOptions> = { base: true, onError: true };

/** Sources that have been read for one part of the configuration. */
interface Load {
  readonly at: readonly string[];
  readonly sources: readonly ConfigSource[];
  version: number;
  tree: Tree;
}

/** A schema for a part of the configuration. */
interface Check {
  readonly path: string;
  readonly schema: Schema;
  readonly json: JsonSchema | undefined;
}

/** The validated state, replaced as a whole. */
interface State {
  readonly tree: Tree;
  /** Outputs of the schemas, by path. */
  readonly outputs: ReadonlyMap<string, unknown>;
  /** All values, including outputs of schemas. */
  readonly values: unknown;
}

/** The configuration of an application: read from sources in order, validated by schemas, watched, and explained. */
export class ConfigModule implements AsyncDisposable {
  readonly #base: string;
  readonly #loads: Load[] = [];
  readonly #checks = new Map<string, Check>();
  readonly #listeners: ChangeListeners;
  readonly #watches = new Set<() => void>();
  #state: State = { tree: emptyTree(), outputs: new Map(), values: {} };
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws TitanError `invalid_use` when an option is unknown */
  constructor(options: ConfigModuleOptions = {}) {
    checkNames('ConfigModule', options, ofModule);
    const { base = process.cwd(), onError = () => {} } = options;
    this.#base = base;
    this.#listeners = new ChangeListeners(onError);
  }

  /**
   * Reads sources for a section, or for the whole configuration, and validates them. They override values that were read
   * before.
   *
   * @throws ConfigError with every problem; then nothing has changed. TitanError `invalid_use` when an option is unknown
   */
  async loadWithSchema<S extends Schema>(options: LoadOptions<S>): Promise<Config<InferOutput<S>>> {
    checkNames('loadWithSchema', options, ofLoad);
    checkFlag('loadWithSchema: watch', options.watch);
    const { schema, sources, watch = false } = options;
    checkSchema('loadWithSchema: schema', schema);
    checkSources('loadWithSchema: sources', sources);
    const path = isSection(schema) ? schema.path : '';
    await this.#change(async () => {
      const check = this.#checkOf(path, isSection(schema) ? schema.schema : schema);
      await this.#adopt([...this.#loads, await this.#read(path, sources, check.json)], [check]);
    });
    if (watch) this.watch();
    return this.#view(path) as Config<InferOutput<S>>;
  }

  /**
   * Reads sources for the whole configuration; they override values that were read before. Values without a schema stay as
   * they are.
   *
   * @param sections known sections: they define how variables and strings are converted
   */
  async load(sources: readonly ConfigSource[], sections: readonly SectionFacts[] = []): Promise<void> {
    await this.#change(async () => {
      const checks = sections.map(({ path, schema }) => this.#checkOf(path, schema));
      for (const check of checks) this.#checks.set(check.path, check);
      await this.#adopt([...this.#loads, await this.#read('', sources, this.#composed(''))]);
    });
  }

  /**
   * Validates sections, and stores the results of their schemas.
   *
   * @throws ConfigError with every problem of all sections, and misspelled names of known sections that are missing
   */
  async check(sections: Iterable<SectionFacts>): Promise<void> {
    const checks = [...sections].map(({ path, schema }) => this.#checkOf(path, schema));
    const fresh = checks.filter(({ path }) => !this.#state.outputs.has(path));
    const misspelt = misspeltSections(this.#state.tree, this.#checks.values());
    if (fresh.length + misspelt.length > 0) await this.#change(() => this.#adopt(this.#loads, fresh));
  }

  /**
   * Returns a section as parsed by its schema; a promise if it has not been validated yet.
   *
   * @throws ConfigError
   */
  section<S extends Schema>(section: SectionFacts<S>): InferOutput<S> | Promise<InferOutput<S>> {
    if (this.#state.outputs.has(section.path)) return this.#state.outputs.get(section.path) as InferOutput<S>;
    return this.check([section]).then(() => this.#state.outputs.get(section.path) as InferOutput<S>);
  }

  /** Returns the value at a path such as `db.port`, or everything without a path; `undefined` if there is no value. */
  get<R = unknown>(path = ''): R {
    return valueAt(this.#state.values, split(path)) as R;
  }

  /** Returns whether there is a value at a path. */
  has(path: string): boolean {
    return find(this.#state.tree, split(path)) !== undefined;
  }

  /** Lists the source of each value, and of the values that it replaced. Secrets are hidden. */
  explain(): ConfigLine[] {
    return explain(this.#state.tree, this.#state.values, [...this.#checks.values()]);
  }

  /**
   * Calls `heard` when the value at or below `path` has changed.
   *
   * @returns a function that unsubscribes it
   */
  onChange(path: string, heard: () => void): () => void {
    return this.#listeners.add(path, heard);
  }

  /** Reads the files again when they change, also when they or folders on their path are replaced. */
  watch(): void {
    this.#endWatches();
    const files = this.#loads.flatMap(({ sources }) =>
      sources.flatMap((source) => (source.type === 'file' ? [source.path] : [])),
    );
    if (files.length === 0) return;
    const reload = () => this.reload().catch(this.#listeners.report);
    this.#watches.add(watchFiles(files, this.#base, reload));
    // Reads changes made between reading and watching.
    void reload();
  }

  /**
   * Reads all sources again.
   *
   * @throws ConfigError with every problem; the previous values stay
   */
  async reload(): Promise<void> {
    await this.#change(async () => {
      const loads = await Promise.all(
        this.#loads.map(({ at, sources, version }) =>
          this.#read(at.join('.'), sources, this.#schemaAt(at.join('.')), version + 1),
        ),
      );
      await this.#adopt(loads, []);
    });
  }

  /** Stops watching. The values stay readable. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#endWatches();
    this.#listeners.clear();
    await this.#turn;
  }

  #endWatches(): void {
    for (const end of this.#watches) end();
    this.#watches.clear();
  }

  /** Serializes changes. */
  #change(step: () => Promise<void>): Promise<void> {
    const result = this.#turn.then(step);
    this.#turn = result.catch(() => {});
    return result;
  }

  #checkOf(path: string, schema: Schema): Check {
    const known = this.#checks.get(path);
    if (known && known.schema !== schema)
      throw new TitanError('invalid_use', `duplicate schema for the configuration at '${path}'`);
    return known ?? { path, schema, json: jsonSchemaOf(schema) };
  }

  #schemaAt(path: string): JsonSchema | undefined {
    return this.#checks.get(path)?.json ?? this.#composed(path);
  }

  async #read(path: string, sources: readonly ConfigSource[], schema: JsonSchema | undefined, version = 0): Promise<Load> {
    const at = split(path);
    const { tree, problems } = await readSources(sources, { base: this.#base, at, schema, version });
    if (problems.length > 0) throw new ConfigError(problems);
    return { at, sources, version, tree: place(tree, at) };
  }

  /** Returns the JSON Schema of the whole configuration, combined from its sections. */
  #composed(path: string): JsonSchema | undefined {
    if (path !== '' || this.#checks.size === 0) return undefined;
    const root: JsonSchema & { properties: Record<string, unknown> } = {
      type: 'object',
      properties: {},
      additionalProperties: {},
    };
    for (const check of this.#checks.values()) {
      const parts = split(check.path);
      let at = root;
      for (const part of parts.slice(0, -1)) {
        at.properties[part] ??= { type: 'object', properties: {}, additionalProperties: {} };
        at = at.properties[part] as typeof root;
      }
      if (check.json && parts.length > 0) at.properties[parts.at(-1)!] = check.json;
    }
    return root;
  }

  /**
   * Validates the new state before it replaces the current one.
   *
   * @param given additional checks; absent if values are only read
   */
  async #adopt(loads: readonly Load[], given?: readonly Check[]): Promise<void> {
    const checks = given ?? [];
    const tree = loads.reduce<Tree>((below, load) => merge(below, load.tree), emptyTree());
    const wanted = new Map(this.#checks);
    for (const check of checks) wanted.set(check.path, check);
    // A section that nobody has requested yet is only read, not validated.
    const due = [...wanted.values()].filter((check) => checks.includes(check) || this.#state.outputs.has(check.path));
    const problems: Problem[] = given ? misspeltSections(tree, wanted.values()) : [];
    const outputs = new Map<string, unknown>();
    let values = toValue(tree, this.#composed(''));
    for (const check of due) {
      const at = split(check.path);
      const part = find(tree, at);
      const value = part ? toValue(part, check.json) : (undefined as unknown);
      const sources = loads.flatMap((load) => (load.at.every((key, index) => key === at[index]) ? load.sources : []));
      const result = await validated(check.schema, value ?? {});
      const unknown = unknownKeys(part, check.json, at);
      const told = problemsOf(result.issues ?? [], { at, tree: part, value, schema: check.json, sources });
      problems.push(
        ...unknown,
        ...told.filter(({ key, text }) => !unknown.some((each) => each.key === key || /^unrecognized key/i.test(text))),
      );
      if (result.issues) continue;
      outputs.set(check.path, result.value);
      values = withValue(values, at, result.value);
    }
    if (problems.length > 0) throw new ConfigError(problems);
    const before = this.#state.values;
    this.#loads.splice(0, this.#loads.length, ...loads);
    for (const check of checks) this.#checks.set(check.path, check);
    this.#state = { tree, outputs, values };
    this.#listeners.tell(before, values);
  }

  #view(path: string): Config<unknown> {
    const get = (below = '') => this.get([path, below].filter(Boolean).join('.'));
    return { get } as Config<unknown>;
  }
}
