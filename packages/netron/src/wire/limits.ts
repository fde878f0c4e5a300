/**
 * Limits that one end of a connection accepts from the other. Announced in `hello`, so that the sender can refuse or queue
 * before a byte is spent. Every limit is checked before memory is spent on what exceeds it.
 */
export interface Limits {
  /** Bytes of one message, all packets in it together. Default 1 MiB, 1,024 bytes to 64 MiB. */
  message: number;
  /** Containers' elements and packets in one message, together. Default 65,536, at least 64 (A4). */
  elements: number;
  /** Levels of nested containers in one value. Default 64, 4 to 256 (A3). */
  depth: number;
  /** Calls in flight at a time. Default 1,000 (B4). */
  calls: number;
  /** Streams open at a time, in each direction. Default 100 (B4). */
  streams: number;
  /** Event subscriptions at a time. Default 1,000 (B4). */
  subscriptions: number;
  /** Functions and service objects held by reference at a time. Default 10,000 (B4). */
  handles: number;
  /** Bytes of stream data accepted ahead of their consumers, over all streams. Default 16 MiB. */
  window: number;
}

/** The limits of a connection after its handshake, unless options say otherwise. */
export const defaultLimits: Readonly<Limits> = Object.freeze({
  message: 1024 * 1024,
  elements: 65_536,
  depth: 64,
  calls: 1_000,
  streams: 100,
  subscriptions: 1_000,
  handles: 10_000,
  window: 16 * 1024 * 1024,
});

/** Bytes of the only message accepted before the handshake is done (B1). */
export const helloLimit = 64 * 1024;

/**
 * Lower bounds of announced limits: answers, errors and the packets that keep a connection going need as
 * much.
 */
export const leastLimits: Readonly<Partial<Limits>> = { message: 1_024, elements: 64, depth: 4 };

/** Levels of nesting that no option and no peer can exceed, so that reading and writing cannot exhaust the stack (A3). */
export const maxDepth = 256;

/** Upper bounds of announced limits. */
export const mostLimits: Readonly<Partial<Limits>> = { message: 64 * 1024 * 1024, depth: maxDepth };
