/** Names of the keys that the scripts share, in their order: leases, changes, gone, revision, epoch, time of the last beat. */
export const sharedKeys = (space: string): string[] => ['l', 'c', 'g', 'r', 'e', 't'].map((name) => `${space}:${name}`);
