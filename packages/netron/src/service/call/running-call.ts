/** The call whose method runs right now, and what carries it along through asynchronous work. */
import { callStorage } from '#platform';

/** Members of a call that running it uses. */
export interface FollowedCall {
  /** Its asynchronous work carries the call along. */
  readonly followed: boolean;
  /** Whether calls follow asynchronous work on their node. */
  readonly tracking: boolean | 'auto';
  /** Somebody has asked for the call while the method's first part runs: it is carried along from here on. */
  follow(): void;
}

const storage = callStorage<FollowedCall>();

/** Restored before anybody else's code runs. */
let running: FollowedCall | undefined;

/** Carries `call` along with the asynchronous work that starts from here on. */
export function carryAlong(call: FollowedCall): void {
  storage.enter(call);
}

/** Returns the call that the current code works for. */
export function runningCall(): FollowedCall | undefined {
  if (running === undefined) return storage.get();
  // Where nothing can be carried along, in browsers, it is there for the method's first part all the same.
  if (running.followed) return storage.get() ?? running;
  running.follow();
  return running;
}

/** Calls `action(argument)` as part of `call`, and of no other that is running. */
export function runInCall<A, R>(call: FollowedCall, action: (argument: A) => R, argument: A): R {
  // Middleware that did not wait has come to the method.
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

/** Calls `action` as part of no call, whichever is running. */
export function runOutside<R>(action: () => R): R {
  const outer = running;
  running = undefined;
  try {
    return storage.run(undefined, action, undefined);
  } finally {
    running = outer;
  }
}
