import type { ConfigSource } from '../config/sources.js';
import { NetronConfigSchema } from '../netron/netron-config.js';
import type { AppGraph } from './app-graph.js';
import type { Composition } from './composition.js';
import { type AppOptions, usualStartTimeout } from './options.js';
import type { Platform } from './platform.js';
import { startStep } from './start-step.js';

/** Prerequisites of a start: the whole graph, and the configuration. */
export class Preparation {
  readonly #options: AppOptions;
  readonly #platform: Platform;
  readonly #graph: AppGraph;
  readonly #pending: { readonly name: string; readonly addition: Promise<unknown> }[] = [];
  #loaded = false;
  #configured = false;

  constructor(options: AppOptions, platform: Platform, graph: AppGraph) {
    this.#options = options;
    this.#platform = platform;
    this.#graph = graph;
  }

  /** Whether the configuration has been read and validated for the next start. */
  get configured(): boolean {
    return this.#configured;
  }

  /** Registers a promise to wait for before the graph is complete: a function passed to `use` may add parts later. */
  await(name: string, addition: Promise<unknown>): void {
    // The start reports a failure.
    addition.catch(() => {});
    this.#pending.push({ name, addition });
  }

  /** Waits for the promises of functions passed to `use`, and reads the file of the topology: then the graph is complete. */
  async complete(): Promise<void> {
    const { startTimeout = usualStartTimeout } = this.#options;
    await Promise.all(this.#pending.map(({ name, addition }) => startStep(name, startTimeout, () => addition)));
    await this.#platform.placement.read();
  }

  /** Reads the configuration, and validates every required section. @throws ConfigError; NexusError; TitanError */
  async configure(): Promise<Composition> {
    const { config } = this.#platform;
    const { startTimeout = usualStartTimeout } = this.#options;
    await this.complete();
    const composition = this.#graph.compose();
    if (this.#configured) return composition;
    const { config: code, sources = [] } = this.#options;
    const all: ConfigSource[] = [...(code ? [{ type: 'object', value: code, name: 'code' } as const] : []), ...sources];
    const sections = [NetronConfigSchema, ...composition.sections];
    // A second start reads the sources of the first one again.
    const read = async () => {
      await (this.#loaded ? config.reload() : config.load(all, sections));
      this.#loaded = true;
      await config.check(config.has('netron') ? sections : composition.sections);
    };
    // Calls no code of the program if there is nothing to read or to check.
    const asks = all.length + composition.sections.length > 0;
    await (asks ? startStep('the configuration', startTimeout, read) : read());
    this.#configured = true;
    return composition;
  }

  /** Makes the next start read the configuration again. */
  expire(): void {
    this.#configured = false;
  }
}
