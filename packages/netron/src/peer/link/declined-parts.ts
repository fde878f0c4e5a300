/**
 * Placeholders for the parts that a client does not include: they send nothing, and refuse what arrives with an error that names the part.
 */
import { missingPart } from '../../errors/missing-part.js';
import { NetronError } from '../../errors/netron-error.js';
import { targetOf } from '../../service/call/proxy.js';
import { handleTypes } from '../../wire/handles.js';
import { writeRefusal, writeStop } from '../../wire/packets.js';
import { plainPromises } from '../calls/promises.js';
import type { LinkParts } from './link-parts.js';

/** Milliseconds over which pings are counted. */
const pingPeriod = 1_000;

/** Most bytes that may wait for the other end when its next message arrives: more than two messages of this end. */
const maxUnread = 4 * 1024 * 1024;

type Missing = readonly [what: string, part: keyof LinkParts];

const referring: Missing = ['functions and service objects', 'callbacks'];
const streaming: Missing = ['streams', 'streams'];

const references = (): never => {
  throw missingPart(...referring);
};
const streams = (): never => {
  throw missingPart(...streaming);
};
const events = async (): Promise<never> => {
  throw missingPart('events', 'events');
};

type Incoming = ReturnType<LinkParts['callbacks']['incoming']>;

const nothing = (): void => {};
const none = (): undefined => undefined;
const empty = (): never[] => [];

export const declinedParts: Omit<LinkParts, 'packets'> = {
  callbacks: {
    incoming(link) {
      return {
        size: 0,
        notBegun: 0,
        kept: 0,
        unanswered: 0,
        held: 0,
        heldResult: none,
        // For the call of a long message. Other packets are skipped.
        refuse: (id, _flags, error) => link.outbox.failure(writeRefusal, id, error),
        drained: nothing,
        close: nothing,
      } as Partial<Incoming> as Incoming;
    },
    exports: () => ({
      size: 0,
      bind: none,
      boundOf: none,
      get: none,
      add: references,
      list: empty,
      release: nothing,
      replace: () => false,
      conceal: nothing,
      clear: nothing,
    }),
    writable: references,
  },
  streams: {
    incoming: (link) => ({
      size: 0,
      list: empty,
      open: streams,
      item: nothing,
      end: nothing,
      fail: nothing,
      abort: nothing,
      close: nothing,
      refuse: (stream) => link.outbox.packet(writeStop, stream),
    }),
    outgoing: () => ({
      size: 0,
      list: empty,
      open: streams,
      credit: nothing,
      stop: nothing,
      step: nothing,
      withdraw: nothing,
      revoke: nothing,
      drained: nothing,
      close: nothing,
    }),
    present: (stream) => stream,
    // The error in the answer of the other end names the missing part.
    answer: (opened) => Object.assign(opened, { [Symbol.asyncIterator]: () => ({ next: () => opened }) }),
    guard: nothing,
    discard: nothing,
  },
  handles: {
    outgoing: () => ({
      nameOf: none,
      streaming: false,
      begin: nothing,
      rollback: nothing,
      retract: nothing,
      owns: (value) => Symbol.asyncIterator in value,
      encode(value) {
        if (typeof value === 'function' || targetOf(value) !== undefined) references();
        if (Symbol.asyncIterator in value || 'getReader' in value || 'arrayBuffer' in value) streams();
        return false;
      },
    }),
    decode(type, reader) {
      reader.skip(reader.end - reader.position);
      return reader.fail(missingPart(...(type === handleTypes.stream || type === handleTypes.blob ? streaming : referring)));
    },
    show: (reference) => reference,
  },
  // Sends no pings, but answers those of the other end.
  heartbeat({ node: { clock } }) {
    let pings = 0;
    let since = 0;
    return {
      heard: true,
      roundTrip: undefined,
      mayAnswer(limit) {
        const now = clock.now();
        if (now - since >= pingPeriod) [pings, since] = [0, now];
        pings += 1;
        return pings <= limit;
      },
      stall: nothing,
      flowing: nothing,
      pong: nothing,
      probe: async () => false,
      caughtUp: async () => {},
      lineLength: none,
      stop: nothing,
    };
  },
  // Keeps nothing. Only refusals and answers to pings, which the other end caused, wait for it.
  flow: {
    account: () => ({ held: 0, take: () => true, give: nothing, close: nothing }),
    gate: (link) => ({
      begin: nothing,
      end() {
        if (link.outbox.full && link.outbox.backlog > maxUnread)
          link.violated(new NetronError('resource_exhausted', 'the peer does not read its replies'));
      },
      stalled: () => false,
      breakStall: nothing,
      cost: none,
      begun: nothing,
      drained: nothing,
      open: nothing,
    }),
  },
  events: {
    link: () => ({ subscribe: events, event: nothing, answer: events, close: nothing }),
    peer: () => ({ size: 0, add: events, renew: async () => {}, clear: nothing }),
  },
  promises: plainPromises,
};
