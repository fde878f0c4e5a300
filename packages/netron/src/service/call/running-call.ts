/** The call whose method runs right now, and the storage that carries it through asynchronous work. */
import { callStorage } from '#platform';

/** Members of a call that are used to run it. */
export interface FollowedCall {
  /** Whether its asynchronous work carries the call along. */
  readonly followed: boolean;
  /** Whether calls follow asynchronous work on their node. */
  readonly tracking: boolean | 'auto';
  /** Called when the call is used during the synchronous part of the method: it is carried along from here on. */
  follow(): void;
}

const storage = callStorage<FollowedCall>();

/** The call whose synchronous code is running; restored before any other code runs. */
let running: FollowedCall | undefined;

/** Carries `call` along with the asynchronous work that starts from here on. */
export function carryAlong(call: FollowedCall): void {
  storage.enter(call);
}

/** Returns the call that the current code works for. */
export function runningCall(): FollowedCall | undefined {
  if (running === undefined) return storage.get();
  // Where the storage does not work, as in browsers, the call is still known during the synchronous part of the method.
  if (running.followed) return storage.get() ?? running;
  running.follow();
  return running;
}

/** Calls `action(argument)` as part of `call`, and not of any other call. */
export function runInCall<A, R>(call: FollowedCall, action: (argument: A) => R, argument: A): R {
  // Middleware has called the method synchronously.
  if (running === call) return action(argument);
  const { followed } = call;
  const outer = running;
  running = call.tracking === false ? undefined : call;
  try {
    return followed ? storage.run(call, action, argument) : action(argument);
  } finally {
    running = outer;
    if (!followed && call.followed) storage.enter(undefined);
  }
}

/** Calls `action` outside of any call. */
export function runOutside<R>(action: () => R): R {
  const outer = running;
  running = undefined;
  try {
    return storage.run(undefined, action, undefined);
  } finally {
    running = outer;
  }
}
