/**
 * For libraries that deliver whether or not the consumer is ready: hands over one chunk after the other.
 *
 * @param {(size: number) => Promise<void> | undefined} onChunk
 * @returns {(size: number, taken?: () => void) => void} `taken` is called once the consumer is ready for more
 */
export function inTurn(onChunk) {
  const queue = [];
  let waiting = false;
  const next = () => {
    while (queue.length > 0) {
      const [size, taken] = queue.shift();
      const wait = onChunk(size);
      if (wait) {
        waiting = true;
        wait.then(() => {
          waiting = false;
          taken?.();
          next();
        });
        return;
      }
      taken?.();
    }
  };
  return (size, taken) => {
    queue.push([size, taken]);
    if (!waiting) next();
  };
}
