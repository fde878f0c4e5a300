/** A result that is sent by reference although it may look like plain data. */
export class ByReference {
  readonly target: object;

  constructor(target: object) {
    this.target = target;
  }
}
