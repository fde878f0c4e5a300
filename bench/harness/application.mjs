/**
 * The rest of an application: what a process holds besides the library that is measured. How often V8 collects a heap of a few
 * megabytes depends on its exact size; with buffers of 64 KB passing through, a library of one megabyte more paid several times as
 * much for collections as the floor did. An application's heap is not that small, and all contenders have the same.
 */

/** About 60 MB of small objects, alive as long as the process. */
export const objects = Array.from({ length: 600_000 }, (_, id) => ({ id, name: `object ${id}` }));
