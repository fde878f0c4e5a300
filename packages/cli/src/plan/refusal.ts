/** A wish that cannot be followed: shown without a stack. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
