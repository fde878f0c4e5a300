/**
 * Limits that one end of a connection applies to the other. Announced in the `hello`, so that the sender can refuse or queue before it
 * sends. Every limit is checked before memory is allocated beyond it.
 */
export interface Limits {
  /**
   * Bytes of one message with all its packets. Default 16 MiB; 1,024 bytes to 64 MiB. For peers that do not send long messages in parts, 1
   * MiB unless it is set.
   */
  message: number;
  /**
   * Elements of containers and packets in one message, in total. Default 1,048,576, at least 64. For peers that do not send long messages
   * in parts, 65,536 unless it is set.
   */
  elements: number;
  /** Levels of nested containers in one value. Default 64, 4 to 256 (A3). */
  depth: number;
  /** Concurrent calls. Default 1,000 (B4). */
  calls: number;
  /** Concurrent streams in each direction. Default 100 (B4). */
  streams: number;
  /** Concurrent event subscriptions. Default 1,000 (B4). */
  subscriptions: number;
  /** Functions and service objects held by reference. Default 10,000 (B4). */
  handles: number;
  /** Bytes of stream data accepted before their consumers read them, over all streams. Default 16 MiB. */
  window: number;
}

/** The limits of a connection after its handshake, unless options differ. */
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

/** Limits that apply when none are announced, to ends that do not support messages in parts. Part of the protocol. */
export const baseLimits: Readonly<Limits> = Object.freeze({ ...defaultLimits, message: 1024 * 1024, elements: 65_536 });

/** Limits of a node: those of each connection, and one for all connections together. The latter is not announced. */
export interface NodeLimits extends Limits {
  /**
   * Bytes that all connections of the node together may use for data being received: long messages that have arrived partly, and calls that
   * wait because their callers do not read. 65,536 per connection are free. Default 256 MiB.
   */
  receiving: number;
}

/** Default of `limits.receiving`. */
export const defaultReceiving = 256 * 1024 * 1024;

/** Bytes of the only message accepted before the handshake is done (B1). */
export const helloLimit = 64 * 1024;

/** Most characters of the reason of a goodbye; the rest is truncated at both ends. */
export const longestReason = 1_024;

/** Most bytes of a part of a long message, and of a call that shares a message with others. Part of the protocol. */
export const partSize = 64 * 1024;

/**
 * Longest message in bytes that a transport carries between two ends that support parts: longer ones are sent in parts. Part of the
 * protocol.
 */
export const longestWhole = 128 * 1024;

/** Most messages that one end sends in parts at a time; others wait. Part of the protocol. */
export const maxCut = 16;

/**
 * Upper bound for the cost of errors, RegExps and hashed numbers in one message, whatever `elements` is: 4,096 of either, see `costs` and
 * `hashCost`. They take far longer to build than other values. Part of the protocol.
 */
export const maxCostly = 65_536;

/** Most services and members of services that one connection may announce, unless `elements` is lower. */
export const maxMembers = 65_536;

/** Lower bounds of announced limits, which answers, errors and the packets that keep a connection alive need. */
export const leastLimits: Readonly<Partial<Limits>> = { message: 1_024, elements: 64, depth: 4 };

/** Most levels of nesting for any option and any peer, so that reading and writing cannot exhaust the stack (A3). */
export const maxDepth = 256;

/** Upper bounds of announced limits. */
export const maxLimits: Readonly<Partial<Limits>> = { message: 64 * 1024 * 1024, depth: maxDepth };
