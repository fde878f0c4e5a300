import { Heartbeat } from './heartbeat.js';
import type { HeartbeatPart } from './link-parts.js';

export const heartbeatPart: HeartbeatPart = (link) => new Heartbeat(link);
