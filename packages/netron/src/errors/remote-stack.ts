/** Stacks of received errors: real stacks are never sent, so these state that the error is from a peer. */
const frame = '\n    at a remote peer';

/** Returns the stack of a received error. */
export function remoteStack(name: string, message: string): string {
  return `${name}: ${message}${frame}`;
}

/** Adds the name of the call, such as `calc.add`, to the stack of the error that a peer has returned. */
export function nameCall(error: Error, call: string): void {
  try {
    const { stack } = error;
    if (typeof stack === 'string' && stack.endsWith(frame))
      error.stack = `${stack.slice(0, -frame.length)}\n    at ${call} (a remote peer)`;
  } catch {
    // A class of the application may define a `stack` that throws.
  }
}
