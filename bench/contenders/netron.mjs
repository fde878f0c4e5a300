/** Netron over each of its transports that two processes on one machine can share, and in memory. */
import * as netron from '@omnitron-dev/netron';
import { staticDiscovery } from '@omnitron-dev/netron/discovery';
import { netronContenders } from '../harness/netron.mjs';

export default netronContenders({ ...netron, staticDiscovery }, 'netron', '@omnitron-dev/netron');
