/** Parts of a link that a client is without: they send nothing, and refuse what comes, each with an error that names the part. */
import { NetronError } from '../../errors/netron-error.js';
import { writeRefusal, writeStop } from '../../wire/packets.js';
import type { LinkParts } from './link-parts.js';

function decline(what: string, part: keyof LinkParts): never {
  throw new NetronError('failed_precondition', `${what} need the part ${part}() (option with)`);
}

const references = (): never => decline('functions and service objects in arguments', 'callbacks');
const streams = (): never => decline('streams', 'streams');

const nothing = (): void => {};
const none = (): undefined => undefined;
const empty = (): never[] => [];

export const declinedParts: LinkParts = {
  callbacks: {
    incoming(link) {
      const refuse = (id: number, error: NetronError): void => link.outbox.failure(writeRefusal, id, error);
      const decline = (id: number): void => refuse(id, new NetronError('unimplemented', 'this client cannot be called'));
      return {
        size: 0,
        notBegun: 0,
        kept: 0,
        unanswered: 0,
        held: 0,
        heldResult: none,
        call: decline,
        pipe: decline,
        refuse: (id, _flags, error) => refuse(id, error),
        cancel: nothing,
        drop: nothing,
        drained: nothing,
        close: nothing,
      };
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
    writable: () => decline('writable streams', 'callbacks'),
  },
  streams: {
    incoming: (link) => ({
      size: 0,
      list: empty,
      open: streams,
      // Items may be under way when their producer hears that nobody reads.
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
  },
};
