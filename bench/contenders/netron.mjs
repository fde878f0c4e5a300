/** Netron over each of its transports that two processes on one machine can share, and in memory. */
import * as netron from '@omnitron-dev/netron';
import { netronContenders } from '../harness/netron.mjs';

export default netronContenders(netron, 'netron', '@omnitron-dev/netron');
