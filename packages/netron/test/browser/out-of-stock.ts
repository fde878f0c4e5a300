/** An error that both ends know. */
export class OutOfStock extends Error {
  readonly code = 'out_of_stock';
  readonly item: string;
  readonly left: number;
  constructor(item: string, left: number) {
    super(`only ${left} of ${item} left`);
    this.name = 'OutOfStock';
    this.item = item;
    this.left = left;
  }
}
