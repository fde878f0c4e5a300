/** Kinds of packets: the low five bits of a packet's first byte. 22 is not assigned. */
export const kinds = {
  hello: 1,
  call: 2,
  pipe: 3,
  result: 4,
  error: 5,
  cancel: 6,
  drop: 7,
  item: 8,
  bytes: 9,
  raw: 10,
  end: 11,
  fail: 12,
  credit: 13,
  stop: 14,
  event: 15,
  release: 16,
  ping: 17,
  pong: 18,
  services: 19,
  goodbye: 20,
  /** Not a packet: starts a message that is one part of a longer one. */
  part: 21,
  /** Not a packet: starts a message that is compressed as a whole. */
  compressed: 23,
  /** The answer to a packet of a kind from 25 to 31 that was skipped. */
  unknown: 24,
  /** An extension for ends with the feature `resume`: the number of messages that have arrived. */
  ack: 25,
} as const;

/** Flags: the high three bits of a packet's first byte. A flag that its kind does not define is refused. */
export const flags = {
  /** Calls and pipes: a header follows. Set by the writer itself. */
  header: 0x20,
  /** Calls and pipes: keep the result for pipelined calls until `drop`. */
  hold: 0x40,
  /** Calls and pipes: the caller may send `cancel`. */
  cancellable: 0x80,
  /** Results: the value is undefined and not sent. Set by the writer itself. */
  void: 0x20,
  /** Errors: the method did not start. Only for ends with the feature `outcome`. */
  notRun: 0x20,
  /** Errors: it is unknown whether the method ran or still runs. Only for ends with the feature `doubt`. */
  doubted: 0x40,
  /** Parts: the first one of its message; length, kind and number follow. */
  first: 0x20,
  /** Ends of streams: the return value of the generator follows. */
  value: 0x20,
} as const;

/** The bytes after the kind byte of `hello`: `NTRN`. */
export const magic = [0x4e, 0x54, 0x52, 0x4e] as const;

/** The only protocol version so far. */
export const protocolVersion = 1;
