/** References and streams that came with a packet: each is handed to the program, or given back. */

/** A reference or stream that came with a value; disposing of it says that nobody wants it. */
export interface ReceivedHandle extends Disposable {
  /** The program has it now. */
  transfer(): void;
}

/** Gives back what nobody wants. */
export function releaseAll(handles: readonly ReceivedHandle[] | undefined): void {
  if (handles !== undefined) for (const handle of handles) handle[Symbol.dispose]();
}
