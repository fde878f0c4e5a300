import type { NetronClient } from '../netron/client.js';
import type { OpenStream } from '../netron/open-streams.js';
import { openStreams } from '../netron/open-streams.js';
import { Numbers } from './numbers.js';
import { errorText, preview } from './preview.js';
import type { StreamInfo } from './snapshot.js';

/** Reads the streams that the components of an application use. */
export class Streams {
  readonly #numbers = new Numbers();

  constructor(private readonly client: NetronClient) {}

  list(values: boolean): StreamInfo[] {
    return [...openStreams(this.client)].map((stream) => this.#info(stream, values));
  }

  #info(stream: OpenStream, values: boolean): StreamInfo {
    const { name, args, received, state } = stream;
    const error = state.error.peek();
    return {
      id: this.#numbers.of(stream),
      name,
      status: state.status.peek(),
      received,
      error: error && errorText(error),
      args: values ? preview(args) : undefined,
      value: values ? preview(state.data.peek()) : undefined,
    };
  }
}
