/** For libraries without flow control: how much may be on its way before the other side has to say that it got something. */
export class Window {
  #wake = () => {};

  /** @param {number} size */
  constructor(size) {
    this.left = size;
  }

  /** @returns {Promise<void> | undefined} a promise while there is no room; ask again after it */
  full() {
    if (this.left > 0) return undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** @param {number} count */
  release(count) {
    this.left += count;
    this.#wake();
  }
}
