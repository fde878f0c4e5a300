/** Places where a node listens, read from the several forms of its options. */
import { checkTransportOptions } from '../transport/option-names.js';
import type { ListenOptions, Transport } from '../transport/transport.js';
import { described, isRecord } from '../util/check.js';
import type { HttpListen, NetronOptions, TransportListen } from './options.js';

/** One place to listen. */
export interface ListenRequest {
  readonly transport: string;
  readonly at: number | string | undefined;
  /** The only services that callers of this listener see; `undefined`: all. */
  readonly services: ReadonlySet<string> | undefined;
  /** Whether registries receive its address; `undefined`: the default rule, see `TransportListen.advertise`. */
  readonly advertise: boolean | undefined;
  /** Options of the listener, including those of its transport. */
  readonly options: TransportListen;
}

/** Names of a listener's options that are not passed to its transport. */
const own: Readonly<Record<string, true>> = { advertise: true, services: true, port: true, name: true };
/** The same for Unix sockets, whose address is a path. */
const ownOfUnix: Readonly<Record<string, true>> = { ...own, path: true };

const namesOf = (transport: string): Readonly<Record<string, true>> => (transport === 'unix' ? ownOfUnix : own);

/** @throws TypeError when a listener has an option that neither the node nor its transport knows, and which would be ignored */
export function checkListener(transport: Transport, { options }: ListenRequest): void {
  checkTransportOptions(transport, options, `transports.${transport.name}`, namesOf(transport.name));
}

/** Returns the options of a listener that are passed to its transport. */
export function transportOptionsOf({ transport, options }: ListenRequest): ListenOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(namesOf(transport), name)));
}

/**
 * Returns the listeners that the options ask for, in any of their forms.
 *
 * @throws TypeError when port options and `transports.websocket` are both given, `transports` is not a record
 *   or a port is not a number
 */
export function listenRequests(options: NetronOptions): ListenRequest[] {
  const requests: ListenRequest[] = [];
  for (const [transport, given] of Object.entries(checkedTransports(options.transports))) {
    if (given === false || transport === 'http') continue;
    const places = given === true ? [{}] : Array.isArray(given) ? (given as TransportListen[]) : [given as TransportListen];
    for (const place of places) requests.push(requestOf(transport, placeOf(transport, place), place));
  }
  addWebSocket(options, requests);
  const http = httpListen(options);
  if (http === undefined) return requests;
  const { port, host } = http;
  if (port !== undefined) {
    requests.push(requestOf('websocket', checkedPort('http.port', port), host === undefined ? {} : { host }));
  } else if (!requests.some(({ transport }) => transport === 'websocket')) {
    throw new TypeError('http requires a port: set listenPort, transports.websocket or http.port');
  }
  return requests;
}

/**
 * Returns the HTTP options; `undefined` when the node does not answer HTTP requests.
 *
 * @throws TypeError when both `http` and `transports.http` are given
 */
export function httpListen(options: NetronOptions): HttpListen | undefined {
  const { http: named } = options.transports ?? {};
  if (named !== undefined && options.http !== undefined)
    throw new TypeError('http and transports.http cannot be combined: set only one');
  const given = (options.http ?? named) as boolean | HttpListen | undefined;
  if (given === undefined || given === false || options.server === false) return undefined;
  return given === true ? {} : given;
}

function requestOf(transport: string, at: number | string | undefined, options: TransportListen): ListenRequest {
  const { advertise } = options;
  if (advertise !== undefined && typeof advertise !== 'boolean')
    throw new TypeError(`transports.${transport}.advertise must be a boolean, not ${described(advertise)}`);
  return { transport, at, services: servicesOf(transport, options), advertise, options };
}

function servicesOf(transport: string, { services }: TransportListen): ReadonlySet<string> | undefined {
  if (services === undefined) return undefined;
  if (Array.isArray(services) && services.every((name) => typeof name === 'string')) return new Set(services);
  throw new TypeError(`transports.${transport}.services must be an array of names, not ${described(services)}`);
}

function addWebSocket(options: NetronOptions, requests: ListenRequest[]): void {
  const given = checkedPort('listenPort', options.listenPort) ?? checkedPort('port', options.port);
  const port = given ?? (options.server === true ? 0 : undefined);
  if (port === undefined || options.server === false) return;
  if (requests.some(({ transport }) => transport === 'websocket')) {
    if (options.listenPort === undefined && options.port === undefined) return;
    throw new TypeError('transports.websocket and listenPort cannot be combined: set only one');
  }
  const host = options.listenHost === undefined ? {} : { host: options.listenHost };
  requests.unshift(requestOf('websocket', port, host));
}

function checkedTransports(given: NetronOptions['transports'] = {}): NonNullable<NetronOptions['transports']> {
  const expected = 'transports must be an object such as { tcp: { port: 4000 } }';
  if (!isRecord(given)) throw new TypeError(`${expected}, not ${described(given)}`);
  for (const [name, place] of Object.entries(given) as [string, unknown][]) {
    const places: unknown[] = Array.isArray(place) ? place : [place];
    for (const one of places) {
      if (typeof one === 'boolean' || isRecord(one)) continue;
      throw new TypeError(
        `transports.${name} must be an object such as { port: 4000 }, an array of these, or true, not ${described(one)}`,
      );
    }
  }
  return given;
}

function placeOf(transport: string, place: TransportListen): number | string | undefined {
  if (transport === 'unix') return place.path;
  return checkedPort(`transports.${transport}.port`, place.port) ?? place.name;
}

/** @throws TypeError when the port is not a number, for instance a string that was read from the environment */
function checkedPort(option: string, port: number | undefined): number | undefined {
  if (port === undefined || typeof port === 'number') return port;
  throw new TypeError(`${option} must be an integer between 0 and 65535, not ${described(port)}`);
}
