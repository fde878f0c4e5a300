/** Returns the position of a process in a topology, as `titan start` passes it in `TITAN_INDEX`; 0 for an invalid value. */
export const processIndex = (given: string | undefined): number => (/^\d{1,5}$/.test(given ?? '') ? Number(given) : 0);

/** Returns the port of `/health` of a process: the configured port plus its position. Port 0 stays 0: any free port. */
export const healthPortAt = (port: number, index: number): number => (port === 0 ? 0 : port + index);
