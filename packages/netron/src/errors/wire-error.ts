/** An error as it travels: no stack, no path, nothing that the program did not declare. */
export interface WireError {
  /** Class name, for instance `ServiceError`. */
  readonly name: string;
  /** A `Code`, or a code of the application's own; '' for an error that is a value and has none. */
  readonly code: string;
  readonly message: string;
  /** Declared fields besides name, code and message. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly cause?: WireError;
}

/** Turns errors into their wire form and back; each node has its own, with the error classes registered there. */
export interface ErrorCodec {
  /** The form of what was thrown: nothing leaves that its class does not declare. */
  encode(error: unknown): WireError;
  /** The form of an error that the program sends as a value, with all that belongs to it but the stack. Default: as `encode`. */
  encodeData?(error: Error): WireError;
  decode(wire: WireError): Error;
}
