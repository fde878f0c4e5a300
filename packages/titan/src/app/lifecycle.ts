import { thrownText } from '@omnitron-dev/netron';
import type { Container } from '@omnitron-dev/nexus';
import { TitanError } from '../errors/titan-error.js';
import { isServiceProxy } from '../netron/remote-service.js';
import { hookNames } from '../service/hook-names.js';
import { type StopTime, within } from '../util/deadline.js';
import type { Application } from './application.js';
import type { Module } from './module.js';
import { startFailure } from './start-step.js';

/** An instance with hooks. */
export interface Member {
  readonly name: string;
  readonly hooks: Module;
}

/** Failures of the steps of stopping. */
export type Failures = { readonly name: string; readonly error: unknown }[];

/** Runs the hooks of all instances of a container. */
export class Lifecycle {
  readonly #app: Application;
  readonly #started: Member[] = [];
  readonly #ready = new Set<object>();

  constructor(app: Application) {
    this.#app = app;
  }

  /** Names of the started members, in order. */
  get started(): readonly string[] {
    return this.#started.filter(({ hooks }) => hooks.onStart).map(({ name }) => name);
  }

  /** All members, in the order of creation. */
  get members(): readonly Member[] {
    return this.#started;
  }

  /**
   * Calls `onStart` of all instances in the order of their creation, including instances that are created meanwhile.
   *
   * @param go called before each step; throws when the start has to end
   */
  async start(containers: readonly Container[], timeout: number, go: () => void): Promise<void> {
    const known = new Set<unknown>();
    for (let found = true; found; ) {
      found = false;
      for (const { instance } of containers.flatMap((container) => container.instances())) {
        if (known.has(instance)) continue;
        known.add(instance);
        if (!takesPart(instance)) continue;
        // Only an instance with a hook may have created others.
        found ||= instance.onStart !== undefined;
        go();
        const member = { name: nameOf(instance), hooks: instance };
        await this.#run(member, 'onStart', timeout);
        this.#started.push(member);
      }
    }
  }

  /** Calls `onReady` of all started members. */
  async ready(timeout: number): Promise<void> {
    for (const member of this.#started) {
      if (this.#ready.has(member.hooks)) continue;
      this.#ready.add(member.hooks);
      await this.#run(member, 'onReady', timeout);
    }
  }

  /** Calls `onStop` of all started members, the last first; continues after a failure. */
  async stop(time: StopTime, failures: Failures): Promise<string[]> {
    const stopped: string[] = [];
    for (const { name, hooks } of this.#started.splice(0).reverse()) {
      if (!hooks.onStop) continue;
      await attempt(name, failures, () => time.wait(() => hooks.onStop?.(this.#app)));
      stopped.push(name);
    }
    return stopped;
  }

  async #run({ name, hooks }: Member, hook: 'onStart' | 'onReady', timeout: number): Promise<void> {
    if (!hooks[hook]) return;
    const began = performance.now();
    try {
      await within(timeout, () => hooks[hook]?.(this.#app));
    } catch (error) {
      throw startFailure(name, began, error);
    }
  }
}

/** Runs a step of stopping, and collects its failure. */
export async function attempt(name: string, failures: Failures, step: () => unknown): Promise<void> {
  try {
    await step();
  } catch (error) {
    failures.push({ name, error });
  }
}

/** Creates the error for failed steps of stopping. */
export function stopFailed(failures: Failures): TitanError {
  const texts = failures.map(({ name, error }) => `${name}: ${thrownText(error)}`);
  const cause = new AggregateError(failures.map(({ error }) => error));
  return new TitanError('stop_failed', `the application did not stop cleanly: ${texts.join('; ')}`, { cause });
}

function takesPart(instance: unknown): instance is Module & object {
  if (typeof instance !== 'object' || instance === null || isServiceProxy(instance)) return false;
  return hookNames.some((hook) => typeof (instance as Module)[hook] === 'function');
}

const nameOf = (instance: object): string => instance.constructor?.name || 'a provider';
