/** Nodes with ten services each, as registries list them. */

/** Milliseconds between two beats of a node, and those that one counts: the defaults of nodes. */
export const interval = 3_000;
export const ttl = 9_000;
export const services = Array.from({ length: 10 }, (_, number) => `service${number}`);

/** Describes a node of the crowd. @param {number} number @param {number} weight */
export function describe(number, weight = 1) {
  return {
    id: `node${number}`,
    instance: `instance${number}`,
    started: 1,
    status: /** @type {const} */ ('up'),
    labels: {},
    weight,
    addresses: [`tcp://10.0.${number >> 8}.${number & 255}:4000`],
    services: services.map((name) => `${name}@1.0.0`),
  };
}
