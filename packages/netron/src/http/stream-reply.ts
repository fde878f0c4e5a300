/** Streams in replies: writes the items of a member's result as lines, events or bytes, pulled by the client. */
import { NetronError } from '../errors/netron-error.js';
import type { ErrorCodec } from '../errors/wire-error.js';
import { discardStreams, type StreamSource, streamSource } from '../service/call/stream-source.js';
import { checkedStep } from '../util/iterate.js';
import { preferred } from './accept.js';
import { mediaTypes } from './media-types.js';
import { writeProblem } from './problem.js';
import { StatusError } from './refusal.js';
import { answerJson } from './write-answer.js';

/** Source of a streamed body: read chunk by chunk, and closed when the client disconnects. */
export interface ReplyStream {
  readonly chunks: AsyncIterator<string | Uint8Array, void>;
  /** Written after 15 s without a chunk; `undefined` when the format has no heartbeat. */
  readonly heartbeat: string | (() => string) | undefined;
}

/** Returns the heartbeat to write now. */
export function heartbeatOf({ heartbeat }: ReplyStream): string | undefined {
  return typeof heartbeat === 'function' ? heartbeat() : heartbeat;
}

/** Milliseconds without a chunk after which a heartbeat is written. */
export const heartbeatInterval = 15_000;

/** Format of the items of a stream. */
export interface StreamForm {
  readonly mediaType: string;
  readonly heartbeat: string | undefined;
  item(value: unknown, errors: ErrorCodec): string | Uint8Array;
  /** `undefined`: the body ends without a marker. */
  readonly end: string | undefined;
  /** `undefined`: the connection is cut, which no client takes for the end. */
  readonly failure: ((problem: string) => string) | undefined;
}

const lines = (mediaType: string, rich: boolean): StreamForm => ({
  mediaType,
  heartbeat: '\n',
  item: (value, errors) =>
    `${rich ? answerJson(value, { rich, errors }, 'item') : `{"v":${answerJson(value, { rich, errors }, 'item')}}`}\n`,
  end: '{"end":true}\n',
  failure: (problem) => `{"error":${problem}}\n`,
});

const forms: readonly StreamForm[] = [
  lines(mediaTypes.plainLines, false),
  lines(mediaTypes.lines, true),
  {
    mediaType: mediaTypes.events,
    heartbeat: ':\n\n',
    item: (value, errors) => `data: ${answerJson(value, { rich: false, errors }, 'item')}\n\n`,
    end: 'event: end\ndata: null\n\n',
    failure: (problem) => `event: error\ndata: ${problem}\n\n`,
  },
  {
    mediaType: mediaTypes.bytes,
    heartbeat: undefined,
    item(value) {
      if (value instanceof Uint8Array || typeof value === 'string') return value;
      discardStreams(value);
      throw new StatusError(
        406,
        new NetronError('invalid_argument', `cannot send the item as ${mediaTypes.bytes}: it is not bytes`),
      );
    },
    end: undefined,
    failure: undefined,
  },
];

/** Returns the format of a stream for `Accept`; lines of natural JSON for clients that accept anything, or JSON. */
export function acceptedStreamForm(accept = '*/*'): StreamForm | undefined {
  return preferred(accept, (type) => {
    if (type === mediaTypes.rich) return forms[1];
    if (type === '*/*' || type === 'application/*' || type === mediaTypes.json) return forms[0];
    return forms.find(({ mediaType }) => mediaType === type);
  });
}

/** Converts a stream to the body of a reply. */
export function replyStream(source: object, form: StreamForm, errors: ErrorCodec): ReplyStream {
  return { chunks: write(streamSource(source), form, errors), heartbeat: form.heartbeat };
}

/** Returns a stream after whose end, whatever ends it, `ended` is called. */
export function withEnd({ chunks, heartbeat }: ReplyStream, ended: () => Promise<void>): ReplyStream {
  return {
    heartbeat,
    chunks: {
      async next() {
        let going = false;
        try {
          const step = await chunks.next();
          going = step.done !== true;
          return step;
        } finally {
          if (!going) await ended();
        }
      },
      async return() {
        await chunks.return?.();
        await ended();
        return { done: true, value: undefined };
      },
    },
  };
}

/** Not a generator, whose `return` would wait for an item that is pending. */
function write(source: StreamSource, form: StreamForm, errors: ErrorCodec): AsyncIterator<string | Uint8Array, void> {
  let ended = false;
  const done = { done: true, value: undefined } as const;
  const leave = () => {
    ended = true;
    source.close();
  };
  return {
    async next() {
      if (ended) return done;
      try {
        const item = checkedStep(await source.next());
        if (item.done !== true) {
          try {
            return { done: false, value: form.item(item.value, errors) };
          } catch (error) {
            leave();
            throw error;
          }
        }
        ended = true;
        return form.end === undefined ? done : { done: false, value: form.end };
      } catch (error) {
        ended = true;
        if (form.failure === undefined) throw error;
        return { done: false, value: form.failure(writeProblem(error, { errors }).body) };
      }
    },
    async return() {
      if (!ended) leave();
      return done;
    },
  };
}
