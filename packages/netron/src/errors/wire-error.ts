/** An error as it travels: no stack, no path, nothing that the program did not declare. */
export interface WireError {
  /** Class name, for instance `ServiceError`. */
  readonly name: string;
  /** A `Code`, or a code of the application's own. */
  readonly code: string;
  readonly message: string;
  /** Declared fields besides name, code and message. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly cause?: WireError;
}

/** Turns errors into their wire form and back; each node has its own, with the error classes registered there. */
export interface ErrorCodec {
  encode(error: unknown): WireError;
  decode(wire: WireError): Error;
}
