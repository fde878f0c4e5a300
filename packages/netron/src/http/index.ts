export { Cache, type CacheRule, Invalidates, TransportRule } from '../service/declare/annotations.js';
export { Http, type HttpRule } from '../service/declare/http-rule.js';
export type { MemberManifest, ServiceManifest } from '../service/describe.js';
export type { FetchInfo } from './fetch.js';
export { type HttpHandler, type HttpHost, httpHandler } from './handler.js';
export type { EventsOptions } from './live/live.js';
export type { NodeRequest, NodeResponse } from './node-messages.js';
export type { CorsOptions, CredentialSource, HttpOptions } from './options.js';
export type { TrustProxy } from './trust-proxy.js';
