/**
 * Number of runs and the first seed of each scenario, 200 runs of the eight scenarios under faults together:
 * `npm run simulate -- --runs 10000 --seed 7` sets both.
 */
export const runs = Number(process.env.SIMULATE_RUNS ?? 25);
export const seed = Number(process.env.SIMULATE_SEED ?? 1);
