import type { NetronOptions } from '@omnitron-dev/netron';
import { configSection, type Section } from '../config/section.js';
import { fromJsonSchema } from '../schema/from-json-schema.js';
import type { JsonSchema, Schema } from '../schema/schema.js';

/** The section `netron` of the configuration: options of the node, and of the health port. */
export interface NetronConfig extends NetronOptions {
  /**
   * For the program, which reads it (`config.get('netron.security')`) and passes the result to the option `security` of the
   * application. Without that option, the start fails, since nothing would apply the section.
   */
  security?: { readonly [option: string]: unknown };
  /** Port of `/health` and `/ready`; `false` for none. Default 9090. */
  healthPort?: number | false;
  /** Address of the health port. Default: the local machine only. */
  healthHost?: string;
}

const text: JsonSchema = { type: 'string' };
const flag: JsonSchema = { type: 'boolean' };
const ms: JsonSchema = { type: 'number', minimum: 0 };
const port: JsonSchema = { type: 'integer', minimum: 0, maximum: 65_535 };
const any: JsonSchema = {};
const record: JsonSchema = { type: 'object', properties: {}, additionalProperties: {} };
const place: JsonSchema = {
  type: 'object',
  properties: { port, host: text, path: text, name: text, advertise: flag },
  additionalProperties: {},
};
const places: JsonSchema = { anyOf: [{ type: 'boolean' }, place, { type: 'array', items: place }] };
const names = ['websocket', 'tcp', 'tls', 'unix', 'pipe', 'ipc', 'memory'];
/** Value of an option: a variable may set a flag, a number or a list; a program may also pass functions. */
const trustProxy: JsonSchema = { anyOf: [flag, { type: 'integer', minimum: 0 }, { type: 'array', items: text }, any] };
const http: JsonSchema = { anyOf: [flag, { ...place, properties: { port, host: text, path: text, trustProxy } }] };

const properties: Partial<Record<keyof NetronConfig, JsonSchema>> = {
  id: text,
  metadata: record,
  http,
  listenHost: text,
  listenPort: port,
  port,
  server: flag,
  transports: {
    type: 'object',
    properties: { ...Object.fromEntries(names.map((name) => [name, places])), http },
    additionalProperties: places,
  },
  discovery: {
    anyOf: [
      flag,
      text,
      {
        type: 'object',
        properties: {
          enabled: flag,
          redis: {
            type: 'object',
            properties: { url: text, host: text, port, username: text, password: { ...text, writeOnly: true } },
            additionalProperties: {},
          },
          interval: ms,
          ttl: ms,
        },
        additionalProperties: {},
      },
    ],
  },
  discoveryEnabled: flag,
  discoveryRedisUrl: text,
  discoveryHeartbeatInterval: ms,
  discoveryCleanupInterval: ms,
  edges: { type: 'array', items: text },
  security: record,
  healthPort: { anyOf: [port, { type: 'boolean', enum: [false] }] },
  healthHost: text,
  connectTimeout: ms,
  handshakeTimeout: ms,
  requestTimeout: ms,
  taskTimeout: ms,
  streamTimeout: ms,
  heartbeatInterval: ms,
  stopTimeout: ms,
  maxReconnectAttempts: ms,
  reconnectDelay: ms,
  resumeWindow: ms,
  session: { anyOf: [{ type: 'boolean', enum: [false] }, record] },
  eventTimeout: ms,
  allowServiceEvents: flag,
  allowRemoteServices: flag,
  allowRemoteTasks: flag,
  remoteEvents: { anyOf: [flag, { type: 'array', items: text }] },
  events: record,
  taskOverwriteStrategy: { type: 'string', enum: ['replace', 'skip', 'throw'] },
  callContext: text,
  callSites: flag,
  cycles: flag,
  limits: { type: 'object', properties: {}, additionalProperties: { type: 'integer', minimum: 1 } },
  logLevel: { type: 'string', enum: ['debug', 'info', 'warn', 'error', 'silent'] },
  // Set only by code.
  additionalTransports: any,
  authenticate: any,
  authorize: any,
  clock: any,
  listedOnly: any,
  visible: any,
  construct: any,
  types: any,
  compression: any,
  credentials: any,
  errors: any,
  logger: any,
  middleware: any,
  random: any,
  randomBytes: any,
  scheduler: any,
};

/** The schema of the section `netron`, and its token, as for every section. Needs no schema library. */
export const NetronConfigSchema: Section<Schema<NetronConfig, NetronConfig>> = configSection(
  'netron',
  fromJsonSchema<NetronConfig>({ type: 'object', properties }),
);
