/** Reads EndpointSlices, which anybody may have written who can write to the API server, into records of nodes. */

/** An EndpointSlice as far as it is read. */
export interface Slice {
  readonly name: string;
  readonly version: string;
  readonly records: readonly object[];
}

/** Reads an EndpointSlice; `undefined` for what is none. */
export function readSlice(given: unknown, scheme: string, wanted: string | number | undefined): Slice | undefined {
  const { metadata, endpoints, ports } = recordOf(given);
  const { name, resourceVersion } = recordOf(metadata);
  if (typeof name !== 'string' || typeof resourceVersion !== 'string') return undefined;
  const port = listOf(ports)
    .map(recordOf)
    .find((one) => wanted === undefined || one.name === wanted || one.port === wanted)?.port;
  const records = typeof port === 'number' ? listOf(endpoints).flatMap((one) => readEndpoint(one, scheme, port)) : [];
  return { name, version: resourceVersion, records };
}

/** An endpoint that serves is a node; one that is also about to end takes no new work. */
function readEndpoint(given: unknown, scheme: string, port: number): object[] {
  const { addresses, conditions, targetRef, zone } = recordOf(given);
  const { ready, serving, terminating } = recordOf(conditions);
  // Absent means yes, says the API.
  if ((serving ?? ready) === false) return [];
  const [address] = listOf(addresses);
  if (typeof address !== 'string') return [];
  const url = `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const { uid } = recordOf(targetRef);
  return [
    {
      // A pod's name for the node until it is connected: it says its own id then, and its services.
      id: url,
      instance: typeof uid === 'string' ? uid : url,
      status: terminating === true ? 'draining' : 'up',
      addresses: [url],
      ...(typeof zone === 'string' && { zone }),
    },
  ];
}

function recordOf(given: unknown): Record<string, unknown> {
  return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {};
}

function listOf(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [];
}
