/** Checks on transports of the program: one that violates its contract fails its connection or listener, and nothing else. */
import { NetronError } from '../errors/netron-error.js';
import { described } from '../util/check.js';
import type { Clock } from '../util/clock.js';
import { inTime } from '../util/in-time.js';
import { quietly } from '../util/quietly.js';
import type { Connection, ConnectOptions, ListenOptions, Server, Transport } from './transport.js';

const scheme = /^[a-z][a-z0-9+.-]*$/;

/**
 * Validates the option `additionalTransports`.
 *
 * @throws TypeError when it is not an array of transports, with the reason
 */
export function checkedTransports(given: unknown = []): readonly Transport[] {
  if (!Array.isArray(given)) throw new TypeError(`additionalTransports must be an array, not ${described(given)}`);
  for (const each of given as unknown[]) {
    if (typeof each !== 'object' || each === null)
      throw new TypeError(`additionalTransports must contain transports such as new TcpTransport(), not ${described(each)}`);
    const { name, schemes, supports, connect, listen } = each as Partial<Transport>;
    if (typeof name !== 'string' || name === '')
      throw new TypeError(`the name of a transport must be a non-empty string, not ${described(name)}`);
    if (!Array.isArray(schemes) || !schemes.every((one) => typeof one === 'string' && scheme.test(one)))
      throw new TypeError(
        `transport '${name}': schemes must be an array of URL schemes without the colon, such as ['ws', 'wss']`,
      );
    if (typeof supports !== 'object') throw new TypeError(`transport '${name}': supports must be an object`);
    if (typeof connect !== 'function' || typeof listen !== 'function')
      throw new TypeError(`transport '${name}' must have the functions connect and listen`);
  }
  return given as readonly Transport[];
}

/** Milliseconds after the timeout of an attempt by which a transport must fail on its own. */
const grace = 1_000;

/** Wraps a transport so that `connect` returns a connection in time, or fails. */
export function checkedDials(transport: Transport): Transport {
  const { name, schemes, supports } = transport;
  const connect = (target: string, options: ConnectOptions): Promise<Connection> => connectInTime(transport, target, options);
  return { name, schemes, supports, connect, listen: transport.listen.bind(transport) } as Transport;
}

async function connectInTime(transport: Transport, target: string, options: ConnectOptions): Promise<Connection> {
  const { clock, timeout } = options;
  const connecting = transport.connect(target, options);
  if (clock === undefined || timeout === undefined) return checked(transport, await connecting);
  const late = (): NetronError =>
    new NetronError('deadline_exceeded', `transport '${transport.name}' did not connect within ${timeout} ms`);
  try {
    return checked(transport, await inTime(clock, timeout + grace, connecting, late));
  } catch (error) {
    // A late connection has no owner: close it.
    void quietly(async () => (await connecting)?.terminate?.());
    throw error;
  }
}

function checked({ name }: Transport, connection: unknown): Connection {
  const { start, send, close, terminate } = (connection ?? {}) as Partial<Connection>;
  if ([start, send, close, terminate].every((member) => typeof member === 'function')) return connection as Connection;
  throw new NetronError('internal', `transport '${name}': connect must return a connection, not ${described(connection)}`);
}

/** Milliseconds within which a transport must open a listener. */
const listenTime = 10_000;

/**
 * Opens a listener of `transport`.
 *
 * @throws NetronError `internal` when it does not return a server, `deadline_exceeded` when it returns nothing within 10,000 ms; the error
 *   of the transport
 */
export async function listenInTime(
  transport: Transport,
  clock: Clock,
  at: number | string | undefined,
  options: ListenOptions,
): Promise<Server> {
  const listening = transport.listen(at, options);
  const late = (): NetronError =>
    new NetronError('deadline_exceeded', `transport '${transport.name}' did not listen within ${listenTime} ms`);
  try {
    return checkedServer(transport, await inTime(clock, listenTime, listening, late, false));
  } catch (error) {
    void quietly(async () => (await listening)?.close?.());
    throw error;
  }
}

function checkedServer({ name }: Transport, server: unknown): Server {
  const { address, accept, close } = (server ?? {}) as Partial<Server>;
  if (typeof address === 'string' && typeof accept === 'function' && typeof close === 'function') return server as Server;
  throw new NetronError('internal', `transport '${name}': listen must return a server, not ${described(server)}`);
}
