/** Netron of another commit, installed by `--beside COMMIT`; nothing otherwise. */
import { netronContenders } from '../harness/netron.mjs';

export default process.env.NETRON_BENCH_BESIDE ? netronContenders(await import('netron-before'), 'before', 'netron-before') : [];
