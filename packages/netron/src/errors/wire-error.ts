/** An error as it is sent: without stack, paths, or anything that the program did not declare. */
export interface WireError {
  /** Class name, for instance `ServiceError`. */
  readonly name: string;
  /** A `Code`, or a code of the application; `''` for an error that is a value and has none. */
  readonly code: string;
  readonly message: string;
  /** Declared fields besides name, code and message. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly cause?: WireError;
}

/** Converts errors into their wire form and back; each node has its own, with its registered error classes. */
export interface ErrorCodec {
  /** Returns the wire form of a thrown value: only the parts that its class declares. */
  encode(error: unknown): WireError;
  /** Returns the wire form of an error that the program sends as a value, with everything but the stack. Default: as `encode`. */
  encodeData?(error: Error): WireError;
  decode(wire: WireError): Error;
}
