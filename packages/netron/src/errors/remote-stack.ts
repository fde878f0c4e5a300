/** Stacks of errors that a peer has sent: no stack travels, so they say where the error comes from. */
const frame = '\n    at a remote peer';

/** Returns the stack of an error that a peer has sent. */
export function remoteStack(name: string, message: string): string {
  return `${name}: ${message}${frame}`;
}

/** Names the call, such as `calc.add`, in the stack of the error that a peer has answered it with. */
export function nameCall(error: Error, call: string): void {
  try {
    const { stack } = error;
    if (typeof stack === 'string' && stack.endsWith(frame))
      error.stack = `${stack.slice(0, -frame.length)}\n    at ${call} (a remote peer)`;
  } catch {
    // A class of the application may keep its stack to itself.
  }
}
