/** The low five bits of a packet's first byte. 22 is not assigned. */
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
  /** The answer to a kind from 25 to 31 that was skipped. */
  unknown: 24,
  /** An extension for ends with the feature `resume`: the number of messages that have arrived. */
  ack: 25,
} as const;

/** The high three bits of a packet's first byte. A flag that its kind does not define is refused. */
export const flags = {
  /** Calls and pipes: a header follows. Set by the writer itself. */
  header: 0x20,
  /** Calls and pipes: keep the result for pipelined calls until `drop`. */
  hold: 0x40,
  /** Calls and pipes: the caller may send `cancel`. */
  cancellable: 0x80,
  /** Results: undefined, and no value follows. Set by the writer itself. */
  void: 0x20,
  /** Errors: the method did not begin. Only for ends with the feature `outcome`. */
  notRun: 0x20,
  /** Errors: nobody can say whether the method ran, or runs still. Only for ends with the feature `doubt`. */
  doubted: 0x40,
  /** Parts: the first of its message; length, kind and number follow. */
  first: 0x20,
  /** Ends of streams: the value that the generator has returned follows. */
  value: 0x20,
} as const;

/** The bytes after the kind byte of `hello`: `NTRN`. */
export const magic = [0x4e, 0x54, 0x52, 0x4e] as const;

/** The one protocol version there is. */
export const protocolVersion = 1;
