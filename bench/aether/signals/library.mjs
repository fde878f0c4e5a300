/**
 * A library of signals as the workloads use it.
 *
 * @typedef {object} Readable
 * @property {() => any} read
 *
 * @typedef {object} Library
 * @property {(initial: any) => Readable & { write(value: any): void }} signal
 * @property {(compute: () => any) => Readable} computed
 * @property {(run: () => void) => void} effect runs at once, and when what it has read changes, before a write or batch returns
 * @property {(run: () => void) => void} batch
 * @property {(run: () => void) => () => void} root returns what ends everything that `run` has created
 */
export {};
