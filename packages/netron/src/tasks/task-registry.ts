/** Receives the name of a task a peer wants and answers with its function's result, if that peer may have it. */
import { NetronError } from '../errors/netron-error.js';
import { type AnnotationKey, type MemberInfo, plainMember } from '../middleware/member.js';
import { annotationsOf } from '../service/declare/annotation.js';
import { combineAnnotations } from '../service/declare/combine-annotations.js';
import { described } from '../util/check.js';
import { hearPromise } from '../util/hear-promise.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';

/** A task: called with the peer that asks, which is `netron.peer` when the node itself does, and its arguments. */
export type TaskFunction<P = TaskPeer> = (peer: P, ...args: never[]) => unknown;

/** Minimum that a task knows about the calling peer. */
export interface TaskPeer {
  /** The id of its node. */
  readonly id: string;
}

/** Policy for a name that is registered again: the new task replaces the old, is ignored, or the call throws. */
export type TaskOverwriteStrategy = 'replace' | 'skip' | 'throw';

/** How one task is registered. */
export interface TaskOptions {
  /** Whether peers may run it. Default `true`: registering a task is offering it. `false` keeps it to the node itself. */
  readonly remote?: boolean;
}

/** How a node treats its tasks. */
export interface TaskRegistryOptions<P = TaskPeer> {
  /** Default `throw`. */
  readonly taskOverwriteStrategy?: TaskOverwriteStrategy;
  /**
   * Which of the tasks that are not registered with `{ remote: false }` peers may run: all, none, or those for which the
   * function returns `true`, at once. Default `true`.
   */
  readonly allowRemoteTasks?: boolean | ((name: string, peer: P) => boolean);
}

/**
 * The named functions of a node. Peers reach those that are offered, as far as `allowRemoteTasks` allows.
 */
export class TaskRegistry<P extends TaskPeer = TaskPeer> {
  readonly #tasks = new Map<string, Task>();
  readonly #overwrite: TaskOverwriteStrategy;
  readonly #allow: (name: string, peer: P) => unknown;
  readonly #failed: (error: unknown) => void;

  /** @param failed told of what `allowRemoteTasks` has failed with */
  constructor(options: TaskRegistryOptions<P> = {}, failed: (error: unknown) => void = () => {}) {
    const { taskOverwriteStrategy = 'throw', allowRemoteTasks: allow = true } = options;
    if (!strategies.has(taskOverwriteStrategy)) throw new TypeError(`no task overwrite strategy '${taskOverwriteStrategy}'`);
    this.#overwrite = taskOverwriteStrategy;
    this.#allow = typeof allow === 'function' ? allow : () => allow;
    this.#failed = failed;
  }

  /**
   * Registers a task under the function's own name, or under `name`.
   *
   * @throws TypeError when the name is missing, is longer than 128 characters or holds other characters than letters,
   *   digits and `_ $ . : / -`, by default when the name is taken, or when an option is unknown
   */
  addTask(fn: TaskFunction<P>, options?: TaskOptions): void;
  /** Registers a task under a name of its own. */
  addTask(name: string, fn: TaskFunction<P>, options?: TaskOptions): void;
  addTask(first: string | TaskFunction<P>, second?: TaskFunction<P> | TaskOptions, third?: TaskOptions): void {
    if (typeof first === 'string') this.#add(first, second, third);
    else this.#add(first?.name, first, second as TaskOptions | undefined);
  }

  /**
   * Runs a task for a remote peer. Returns what the function returns, throws what it throws.
   *
   * @param through what stands around the function
   * @throws NetronError `not_found` when there is no such task, and just the same when the peer may not run it
   */
  run(name: string, peer: P, args: readonly unknown[], through: Through = straight): unknown {
    const task = this.#tasks.get(name);
    if (task === undefined || !task.remote || !this.#allows(name, peer)) throw missing(name, forPeers);
    return through((given) => task.run(peer, ...given), args, task.member);
  }

  /** Runs a task for the node itself, whether or not peers may. Otherwise like `run`. */
  runLocal(name: string, peer: TaskPeer, args: readonly unknown[], through: Through = straight): unknown {
    const task = this.#tasks.get(name);
    if (task === undefined) throw missing(name);
    return through((given) => task.run(peer, ...given), args, task.member);
  }

  /** Whether a peer may run a task; not when `allowRemoteTasks` fails, which is none of the peer's business. */
  #allows(name: string, peer: P): boolean {
    try {
      const answer = this.#allow(name, peer);
      if (hearPromise(answer)) throw new TypeError('allowRemoteTasks must answer at once, not with a promise');
      return answer === true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  #add(name: string | undefined, fn: unknown, options: TaskOptions | undefined): void {
    if (typeof fn !== 'function') throw new TypeError('a task is a function');
    checkOptions('addTask', options, namesOfTask);
    const { remote = true } = options ?? {};
    if (typeof remote !== 'boolean') throw new TypeError(`addTask: remote must be a boolean, not ${described(remote)}`);
    if (!name) throw new TypeError('a task needs a name: give a named function, or addTask(name, fn)');
    if (!taskName.test(name)) throw new TypeError(`'${name.slice(0, 128)}' is no task name: give addTask(name, fn)`);
    if (this.#tasks.has(name)) {
      if (this.#overwrite === 'throw') throw new TypeError(`task '${name}' exists already`);
      if (this.#overwrite === 'skip') return;
    }
    this.#tasks.set(name, { run: fn as Task['run'], remote, member: memberOf(name, fn) });
  }
}

/** Runs a task that was found: with the arguments given, or others. */
export type Through = (run: (args: readonly unknown[]) => unknown, args: readonly unknown[], member: MemberInfo) => unknown;

const namesOfTask: OptionNames<TaskOptions> = { remote: true };

const straight: Through = (run, args) => run(args);

interface Task {
  /** The task as middleware sees it. */
  readonly member: MemberInfo;
  readonly run: (peer: TaskPeer, ...args: unknown[]) => unknown;
  readonly remote: boolean;
}

function memberOf(name: string, task: object): MemberInfo {
  const said = combineAnnotations([], annotationsOf(task));
  const annotation = <T>(key: AnnotationKey<T>): T | undefined => said.get(key.name) as T | undefined;
  return Object.freeze({ ...plainMember('netron', `task ${name}`), version: '1.0.0', annotation });
}

const strategies: ReadonlySet<string> = new Set<TaskOverwriteStrategy>(['replace', 'skip', 'throw']);

const taskName = /^[\w$.:/-]{1,128}$/;

/** The same whether a task is missing or not for the peer. */
const forPeers = ' for peers: addTask offers it, unless with { remote: false } or the option allowRemoteTasks: false';

/** The name may come from a peer: it is repeated only when it could be one. */
function missing(name: unknown, hint = ''): NetronError {
  const known = typeof name === 'string' && taskName.test(name);
  return new NetronError('not_found', `${known ? `no task '${name}'` : 'no such task'}${hint}`);
}
