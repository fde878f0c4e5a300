/** Number of runs and the first seed of each scenario: `npm run simulate -- --runs 10000 --seed 7` sets both. */
export const runs = Number(process.env.SIMULATE_RUNS ?? 40);
export const seed = Number(process.env.SIMULATE_SEED ?? 1);
