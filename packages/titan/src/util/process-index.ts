/** Position of a process among all of a topology, as `titan start` gives it in `TITAN_INDEX`; 0 for what is none. */
export const processIndex = (given: string | undefined): number => (/^\d{1,5}$/.test(given ?? '') ? Number(given) : 0);

/** Port of `/health` of a process: the configured one, and its position added. A free port, 0, is another one each time. */
export const healthPortAt = (port: number, index: number): number => (port === 0 ? 0 : port + index);
