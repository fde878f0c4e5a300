/** Encoding of the messages between nodes over a backplane, with optional signatures. */
import { hmac } from '#discovery';
import { same } from '../../discovery/signature.js';
import type { ErrorCodec } from '../../errors/wire-error.js';
import { baseLimits, type Limits } from '../../wire/limits.js';
import { Reader } from '../../wire/reader.js';
import type { ExtendedValues } from '../../wire/rich-values.js';
import { readValue } from '../../wire/value-reader.js';
import { writeValue } from '../../wire/value-writer.js';
import { Writer } from '../../wire/writer.js';

/** Maximum size of a message in bytes, without its signature: brokers accept messages of 1 MiB. */
export const longestMessage = 512 * 1024;

/** Length of a signature: HMAC-SHA-256 in base64url. */
const signatureLength = 43;
/** Maximum length of an id. */
const longestId = 128;

const limits: Readonly<Limits> = Object.freeze({ ...baseLimits, message: longestMessage });
const kinds = ['hello', 'beat', 'bye', 'prove', 'proof', 'all', 'changes', 'want', 'event', 'ask', 'again', 'answer'] as const;

/** Kind of a message. */
export type Kind = (typeof kinds)[number];

/** A message of a node. */
export interface Message {
  readonly kind: Kind;
  readonly node: string;
  /** Distinguishes one run of the node from the next. */
  readonly instance: string;
  /** Number of the message within a run. */
  readonly number: number;
  readonly body: readonly unknown[];
}

/** Members of a node that its messages are made with. */
export interface EnvelopeNode {
  readonly id: string;
  readonly instance: string;
  readonly errors: ErrorCodec;
  readonly values: ExtendedValues | undefined;
}

export class Envelopes {
  readonly #node: EnvelopeNode;
  readonly #secret: string | undefined;
  readonly #reader = new Reader(limits);
  #number = 0;

  /** @param secret signs messages; messages without a valid signature are refused */
  constructor(node: EnvelopeNode, secret: string | undefined) {
    this.#node = node;
    this.#secret = secret;
    this.#reader.errors = node.errors;
    this.#reader.values = node.values;
  }

  /**
   * Encodes a message for a channel.
   *
   * @throws NetronError `invalid_argument` for a value that cannot be sent, `resource_exhausted` for a message that is too long
   */
  write(channel: string, kind: Kind, ...body: unknown[]): Uint8Array {
    const { id, instance } = this.#node;
    this.#number += 1;
    const bytes = this.#bytesOf([kinds.indexOf(kind), id, instance, this.#number, body]);
    if (this.#secret === undefined) return bytes;
    const signed = new Uint8Array(bytes.length + signatureLength);
    signed.set(bytes);
    new TextEncoder().encodeInto(this.#sign(this.#secret, channel, bytes), signed.subarray(bytes.length));
    return signed;
  }

  /** Decodes a message of a channel; returns a string with the reason when it is invalid. */
  read(channel: string, bytes: Uint8Array): Message | string {
    const length = this.#secret === undefined ? bytes.length : bytes.length - signatureLength;
    if (length > longestMessage) return `${length} bytes exceed the limit of ${longestMessage}`;
    const content = bytes.subarray(0, Math.max(0, length));
    if (this.#secret !== undefined) {
      const signature = new TextDecoder().decode(bytes.subarray(content.length));
      if (!same(signature, this.#sign(this.#secret, channel, content))) return 'not signed with the secret of this node';
    }
    try {
      this.#reader.load(content);
      const value = readValue(this.#reader);
      if (this.#reader.position < content.length) return 'trailing bytes';
      return messageOf(value) ?? 'not a message of a node';
    } catch (error) {
      return (error as Error).message;
    }
  }

  #bytesOf(value: unknown): Uint8Array {
    const writer = new Writer(256, limits);
    writer.errors = this.#node.errors;
    writer.values = this.#node.values;
    writeValue(writer, value);
    return writer.buffer.subarray(0, writer.position);
  }

  #sign(secret: string, channel: string, bytes: Uint8Array): string {
    return hmac(secret, `netron backplane ${channel.length} ${channel}`, bytes);
  }
}

function messageOf(value: unknown): Message | undefined {
  if (!Array.isArray(value) || value.length !== 5) return undefined;
  const [number, node, instance, count, body] = value as unknown[];
  const kind = kinds[number as number];
  if (kind === undefined || !isId(node) || !isId(instance) || !Number.isSafeInteger(count) || !Array.isArray(body))
    return undefined;
  return { kind, node, instance, number: count as number, body };
}

function isId(given: unknown): given is string {
  return typeof given === 'string' && given.length > 0 && given.length <= longestId;
}
