/** A result that is sent by reference even if it looks like plain data. */
export class ByReference {
  readonly target: object;

  constructor(target: object) {
    this.target = target;
  }
}
