/** Places where a node listens, from the several spellings of its options. */
import { described, isRecord } from '../util/check.js';
import type { HttpListen, NetronOptions, TransportListen } from './options.js';

/** One place to listen. */
export interface ListenRequest {
  readonly transport: string;
  readonly at: number | string | undefined;
  readonly options: TransportListen;
}

/**
 * Returns the listeners that the options ask for, whichever spelling they use.
 *
 * @throws TypeError when port options and `transports.websocket` are both given, `transports` is no record
 *   or a port no number
 */
export function listenRequests(options: NetronOptions): ListenRequest[] {
  const requests: ListenRequest[] = [];
  for (const [transport, given] of Object.entries(checkedTransports(options.transports))) {
    if (given === false || transport === 'http') continue;
    const places = given === true ? [{}] : Array.isArray(given) ? (given as TransportListen[]) : [given as TransportListen];
    for (const place of places) requests.push({ transport, at: placeOf(transport, place), options: place });
  }
  addWebSocket(options, requests);
  const http = httpListen(options);
  if (http === undefined) return requests;
  const { port, host } = http;
  if (port !== undefined) {
    requests.push({ transport: 'websocket', at: checkedPort('http.port', port), options: host === undefined ? {} : { host } });
  } else if (!requests.some(({ transport }) => transport === 'websocket')) {
    throw new TypeError('http needs a port: give listenPort, transports.websocket or http.port');
  }
  return requests;
}

/**
 * HTTP as the options have it; `undefined` when the node does not answer requests.
 *
 * @throws TypeError when it is said in two places
 */
export function httpListen(options: NetronOptions): HttpListen | undefined {
  const { http: named } = options.transports ?? {};
  if (named !== undefined && options.http !== undefined) throw new TypeError('give either http or transports.http, not both');
  const given = (options.http ?? named) as boolean | HttpListen | undefined;
  if (given === undefined || given === false || options.server === false) return undefined;
  return given === true ? {} : given;
}

function addWebSocket(options: NetronOptions, requests: ListenRequest[]): void {
  const given = checkedPort('listenPort', options.listenPort) ?? checkedPort('port', options.port);
  const port = given ?? (options.server === true ? 0 : undefined);
  if (port === undefined || options.server === false) return;
  if (requests.some(({ transport }) => transport === 'websocket')) {
    if (options.listenPort === undefined && options.port === undefined) return;
    throw new TypeError('give either transports.websocket or listenPort, not both');
  }
  const host = options.listenHost === undefined ? {} : { host: options.listenHost };
  requests.unshift({ transport: 'websocket', at: port, options: host });
}

function checkedTransports(given: NetronOptions['transports'] = {}): NonNullable<NetronOptions['transports']> {
  const expected = 'transports must be a record such as { tcp: { port: 4000 } }';
  if (!isRecord(given)) throw new TypeError(`${expected}, not ${described(given)}`);
  for (const [name, place] of Object.entries(given) as [string, unknown][]) {
    const places: unknown[] = Array.isArray(place) ? place : [place];
    for (const one of places) {
      if (typeof one === 'boolean' || isRecord(one)) continue;
      throw new TypeError(
        `transports.${name} must be a record such as { port: 4000 }, an array of such, or true, not ${described(one)}`,
      );
    }
  }
  return given;
}

function placeOf(transport: string, place: TransportListen): number | string | undefined {
  if (transport === 'unix') return place.path;
  return checkedPort(`transports.${transport}.port`, place.port) ?? place.name;
}

/** @throws TypeError when it is no number, such as one that was read from the environment as a text */
function checkedPort(option: string, port: number | undefined): number | undefined {
  if (port === undefined || typeof port === 'number') return port;
  throw new TypeError(`${option} must be a number from 0 to 65535, not ${described(port)}`);
}
