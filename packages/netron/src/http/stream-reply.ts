/** Streams in replies: receives what a member gives, writes its items as lines, events or bytes, pulled by the client. */
import { NetronError } from '../errors/netron-error.js';
import type { ErrorCodec } from '../errors/wire-error.js';
import { discardStreams, type StreamSource, streamSource } from '../service/call/stream-source.js';
import { checkedStep } from '../util/iterate.js';
import { preferred } from './accept.js';
import { mediaTypes } from './media-types.js';
import { writeProblem } from './problem.js';
import { StatusError } from './refusal.js';
import { answerJson } from './write-answer.js';

/** Source of a streaming body: read chunk by chunk, and ended when the client has gone. */
export interface ReplyStream {
  readonly chunks: AsyncIterator<string | Uint8Array, void>;
  /** Written when nothing has come for 15 s; `undefined` where the form has nothing of the kind. */
  readonly heartbeat: string | (() => string) | undefined;
}

/** Returns the sign of life to write now. */
export function beatOf({ heartbeat }: ReplyStream): string | undefined {
  return typeof heartbeat === 'function' ? heartbeat() : heartbeat;
}

/** Milliseconds without a chunk after which a sign of life is written. */
export const quiet = 15_000;

/** Form of the items of a stream. */
export interface StreamForm {
  readonly mediaType: string;
  readonly heartbeat: string | undefined;
  item(value: unknown, errors: ErrorCodec): string | Uint8Array;
  /** `undefined`: the body just ends. */
  readonly end: string | undefined;
  /** `undefined`: the reply is cut, which no client takes for its end. */
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
        new NetronError('invalid_argument', `item is not bytes: it cannot be sent as ${mediaTypes.bytes}`),
      );
    },
    end: undefined,
    failure: undefined,
  },
];

/** The form of a stream by Accept; lines of natural JSON for whoever takes anything, or JSON. */
export function acceptedStreamForm(accept = '*/*'): StreamForm | undefined {
  return preferred(accept, (type) => {
    if (type === mediaTypes.rich) return forms[1];
    if (type === '*/*' || type === 'application/*' || type === mediaTypes.json) return forms[0];
    return forms.find(({ mediaType }) => mediaType === type);
  });
}

/** Makes the body of a reply out of a stream. */
export function replyStream(source: object, form: StreamForm, errors: ErrorCodec): ReplyStream {
  return { chunks: write(streamSource(source), form, errors), heartbeat: form.heartbeat };
}

/** Not a generator: its `return` would wait for an item that is on its way. */
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
