import { JwtAuthProvider } from '@omnitron-dev/netron-auth';
import { createApp } from '@omnitron-dev/titan';
import { greetingService } from './services/greeting.service.js';

const { env } = process;
const { SERVICE_NAME = '{{name}}', HOST = '127.0.0.1', AUTH_SECRET } = env;

/** Creates the application. Tests create one of their own, with other options. */
export const makeApp = (options: Parameters<typeof createApp>[0] = {}) =>
  createApp({
    name: SERVICE_NAME,
    config: {
      netron: {
        transports: { websocket: { host: HOST, port: Number(env.PORT || 8080) } },
        http: { trustProxy: Number(env.TRUST_PROXY || 0) },
        healthHost: env.HEALTH_HOST ?? '127.0.0.1',
        healthPort: Number(env.HEALTH_PORT || 9090),
        {{#redis}}
        discovery: env.DISCOVERY_ENABLED === 'true' ? (env.REDIS_URL ?? 'redis://localhost:6379') : false,
        {{/redis}}
        {{#noRedis}}
        discovery: env.DISCOVERY_ENABLED === 'true',
        {{/noRedis}}
      },
    },
    drainDelay: Number(env.DRAIN_DELAY || 0),
    security: AUTH_SECRET ? { authentication: new JwtAuthProvider(AUTH_SECRET, SERVICE_NAME) } : {},
    ...options,
  }).service(greetingService);
