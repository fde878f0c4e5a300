import { getCallContext, NetronError } from '@omnitron-dev/netron';

/** Identity of a caller; without a name if the caller has not logged in. */
export interface Caller {
  readonly name: string | undefined;
}

/** Returns the name of the caller, if there is one. */
export const callerName = (): string | undefined => (getCallContext().user as Caller).name;

/** Returns the name of the caller. @throws NetronError `unauthenticated` if the caller has not logged in */
export function requireCaller(): string {
  const name = callerName();
  if (name === undefined) throw new NetronError('unauthenticated', 'not signed in');
  return name;
}
