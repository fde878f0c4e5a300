/**
 * Limits that one end of a connection accepts from the other. Announced in `hello`, so that the sender can refuse or queue
 * before a byte is spent. Every limit is checked before memory is spent on what exceeds it.
 */
export interface Limits {
  /**
   * Bytes of one message, all packets in it together. Default 16 MiB, 1,024 bytes to 64 MiB. From peers that do not send long
   * messages in parts 1 MiB, unless it is given.
   */
  message: number;
  /**
   * Containers' elements and packets in one message, together. Default 1,048,576, at least 64. From peers that do not
   * send long messages in parts 65,536, unless it is given.
   */
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
  message: 16 * 1024 * 1024,
  elements: 1_048_576,
  depth: 64,
  calls: 1_000,
  streams: 100,
  subscriptions: 1_000,
  handles: 10_000,
  window: 16 * 1024 * 1024,
});

/** Limits that count where none are announced: those of whoever takes no messages in parts. Part of the protocol. */
export const baseLimits: Readonly<Limits> = Object.freeze({ ...defaultLimits, message: 1024 * 1024, elements: 65_536 });

/**
 * Limits of a node: those of each connection, and one for all of them together. The latter is not announced.
 */
export interface NodeLimits extends Limits {
  /**
   * Bytes that all connections of the node together may take for what is being received: long messages of which parts have
   * come, and calls that wait because their callers do not read. 65,536 for each connection come free. Default 256 MiB.
   */
  receiving: number;
}

/** Default of `limits.receiving`. */
export const defaultReceiving = 256 * 1024 * 1024;

/** Bytes of the only message accepted before the handshake is done (B1). */
export const helloLimit = 64 * 1024;

/** Characters of the reason of a goodbye; the rest is cut off, whoever says it. */
export const longestReason = 1_024;

/** Bytes of a part of a long message at most; a call of more goes in a message of its own. Part of the protocol. */
export const partSize = 64 * 1024;

/** Bytes of the longest message that a transport carries between two ends that send parts: longer ones are sent in parts. Part of the protocol. */
export const longestWhole = 128 * 1024;

/** Messages that one end sends in parts at a time; others wait. Part of the protocol. */
export const maxCut = 16;

/**
 * Upper bound of what errors, RegExps and hashed numbers cost in one message, whatever `elements` is: 4,096 of either, see
 * `costs` and `hashCost`. They take far longer to make than others. Part of the protocol.
 */
export const maxCostly = 65_536;

/** Members of services, and services, that one connection may bring, unless `elements` is less. */
export const maxMembers = 65_536;

/**
 * Lower bounds of announced limits: answers, errors and the packets that keep a connection going need as
 * much.
 */
export const leastLimits: Readonly<Partial<Limits>> = { message: 1_024, elements: 64, depth: 4 };

/** Levels of nesting that no option and no peer can exceed, so that reading and writing cannot exhaust the stack (A3). */
export const maxDepth = 256;

/** Upper bounds of announced limits. */
export const mostLimits: Readonly<Partial<Limits>> = { message: 64 * 1024 * 1024, depth: maxDepth };
