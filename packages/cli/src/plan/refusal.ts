/** A request that cannot be fulfilled: shown without a stack. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
