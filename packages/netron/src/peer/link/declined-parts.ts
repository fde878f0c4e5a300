/** Parts of a link that a client has declined: they send nothing, and refuse what comes, each with an error that says so. */
import { NetronError } from '../../errors/netron-error.js';
import { writeRefusal, writeStop } from '../../wire/packets.js';
import type { LinkParts } from './link-parts.js';

const declined = (part: keyof LinkParts): NetronError =>
  new NetronError('unimplemented', `this client was connected without ${part}() (option with)`);

function decline(part: keyof LinkParts): never {
  throw declined(part);
}

const nothing = (): void => {};
const none = (): undefined => undefined;
const empty = (): never[] => [];

export const declinedParts: LinkParts = {
  callbacks: {
    incoming(link) {
      const refuse = (id: number, error: NetronError): void => link.outbox.failure(writeRefusal, id, error);
      return {
        size: 0,
        notBegun: 0,
        kept: 0,
        unanswered: 0,
        held: 0,
        heldResult: none,
        call: (id) => refuse(id, declined('callbacks')),
        pipe: (id) => refuse(id, declined('callbacks')),
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
      add: () => decline('callbacks'),
      list: empty,
      release: nothing,
      replace: () => false,
      conceal: nothing,
      clear: nothing,
    }),
    writable: () => decline('callbacks'),
  },
  streams: {
    incoming: (link) => ({
      size: 0,
      list: empty,
      open: () => decline('streams'),
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
      open: () => decline('streams'),
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
