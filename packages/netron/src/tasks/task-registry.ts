/** Tasks of a node: named functions that the node and its peers run. */
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { type AnnotationKey, type MemberInfo, plainMember } from '../middleware/member.js';
import { annotationsOf } from '../service/declare/annotation.js';
import { combineAnnotations } from '../service/declare/combine-annotations.js';
import { described } from '../util/check.js';
import { hearPromise } from '../util/hear-promise.js';
import { checkOptions, type OptionNames } from '../util/option-names.js';

/** A task: receives the peer that runs it, which is `netron.peer` for the node itself, and the arguments. */
export type TaskFunction<P = TaskPeer> = (peer: P, ...args: never[]) => unknown;

/** Minimum that a task knows about the calling peer. */
export interface TaskPeer {
  /** Id of its node. */
  readonly id: string;
}

/** Policy for a name that is registered again: the new task replaces the old one, is ignored, or the call throws. */
export type TaskOverwriteStrategy = 'replace' | 'skip' | 'throw';

/** Options of one task. */
export interface TaskOptions {
  /** Whether peers may run it. Default `true`; `false` keeps it to the node itself. */
  readonly remote?: boolean;
}

/** Options of a node for its tasks. */
export interface TaskRegistryOptions<P = TaskPeer> {
  /** Policy for a name that is registered again. Default `throw`. */
  readonly taskOverwriteStrategy?: TaskOverwriteStrategy;
  /**
   * Tasks that peers may run, except those registered with `{ remote: false }`: all, none, or those for which the
   * function returns `true`, synchronously. Default `true`.
   */
  readonly allowRemoteTasks?: boolean | ((name: string, peer: P) => boolean);
}

/**
 * The tasks of a node. Peers can run those that are offered, as far as `allowRemoteTasks` allows.
 */
export class TaskRegistry<P extends TaskPeer = TaskPeer> {
  readonly #tasks = new Map<string, Task>();
  readonly #overwrite: TaskOverwriteStrategy;
  readonly #allow: (name: string, peer: P) => unknown;
  readonly #failed: (error: unknown) => void;

  /** @param failed called with errors of `allowRemoteTasks` */
  constructor(options: TaskRegistryOptions<P> = {}, failed: (error: unknown) => void = () => {}) {
    const { taskOverwriteStrategy = 'throw', allowRemoteTasks: allow = true } = options;
    if (!strategies.has(taskOverwriteStrategy)) throw new TypeError(`unknown task overwrite strategy '${taskOverwriteStrategy}'`);
    this.#overwrite = taskOverwriteStrategy;
    this.#allow = typeof allow === 'function' ? allow : () => allow;
    this.#failed = failed;
  }

  /**
   * Registers a task under the function's own name, or under `name`.
   *
   * @throws TypeError when the name is missing, is longer than 128 characters or contains other characters than letters,
   *   digits and `_ $ . : / -`, by default when the name is taken, or when an option is unknown
   */
  addTask(fn: TaskFunction<P>, options?: TaskOptions): void;
  /** Registers a task under a given name. */
  addTask(name: string, fn: TaskFunction<P>, options?: TaskOptions): void;
  addTask(first: string | TaskFunction<P>, second?: TaskFunction<P> | TaskOptions, third?: TaskOptions): void {
    if (typeof first === 'string') this.#add(first, second, third);
    else this.#add(first?.name, first, second as TaskOptions | undefined);
  }

  /**
   * Runs a task for a remote peer. Returns the function's result and throws its errors.
   *
   * @param through runs the function inside of middleware
   * @throws NetronError `not_found` when there is no such task, and equally when the peer may not run it
   */
  run(name: string, peer: P, args: readonly unknown[], through: Through = straight): unknown {
    const task = this.#tasks.get(name);
    if (task === undefined || !task.remote || !this.#allows(name, peer)) throw missing(name, forPeers);
    return through((given) => task.run(peer, ...given), args, task.member);
  }

  /** Runs a task for the node itself, whether or not peers may run it. Otherwise like `run`. */
  runLocal(name: string, peer: TaskPeer, args: readonly unknown[], through: Through = straight): unknown {
    const task = this.#tasks.get(name);
    if (task === undefined) throw missing(name);
    return through((given) => task.run(peer, ...given), args, task.member);
  }

  /** Whether a peer may run a task. If `allowRemoteTasks` fails, it may not, and does not receive the error. */
  #allows(name: string, peer: P): boolean {
    try {
      const answer = this.#allow(name, peer);
      if (hearPromise(answer)) throw new TypeError('allowRemoteTasks must return a boolean, not a promise');
      return answer === true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  #add(name: string | undefined, fn: unknown, options: TaskOptions | undefined): void {
    if (typeof fn !== 'function') throw new TypeError('addTask: task must be a function');
    checkOptions('addTask', options, namesOfTask);
    const { remote = true } = options ?? {};
    if (typeof remote !== 'boolean') throw new TypeError(`addTask: remote must be a boolean, not ${described(remote)}`);
    if (!name) throw new TypeError('a task must have a name: pass a named function, or addTask(name, fn)');
    if (!taskName.test(name)) throw new TypeError(`invalid task name '${name.slice(0, 128)}': use addTask(name, fn)`);
    if (this.#tasks.has(name)) {
      if (this.#overwrite === 'throw') throw new TypeError(`task '${name}' already exists`);
      if (this.#overwrite === 'skip') return;
    }
    this.#tasks.set(name, { run: fn as Task['run'], remote, member: memberOf(name, fn) });
  }
}

/** Runs a task that was found, possibly with changed arguments. */
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

/** Part of the message for peers, which is the same whether the task is missing or not allowed. */
const forPeers = ' for peers: register it with addTask, without { remote: false } and the option allowRemoteTasks: false';

/** Returns the error for a missing task. A name from a peer is repeated only if it is a valid one. */
function missing(name: unknown, hint = ''): NetronError {
  const known = typeof name === 'string' && taskName.test(name);
  return withOutcome(new NetronError('not_found', `${known ? `no task '${name}'` : 'no such task'}${hint}`), 'not_run');
}
