/** A file that cannot be used as configuration. */
export class FileFault extends Error {
  constructor(
    message: string,
    readonly line?: number,
    readonly missing = false,
  ) {
    super(message);
  }
}
