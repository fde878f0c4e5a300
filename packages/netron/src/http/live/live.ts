/**
 * Live data: seals the tags of replies, receives invalidations from the node, and notifies the clients that are subscribed to their tags.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { CallPeer } from '../../middleware/call.js';
import type { OutdatedEvent } from '../../service/call/call-tags.js';
import type { Clock } from '../../util/clock.js';
import { networkOf } from '../../util/network.js';
import { randomId } from '../../util/random-id.js';
import { mediaTypes } from '../media-types.js';
import type { EdgeReply } from '../message.js';
import { refused, StatusError } from '../refusal.js';
import { EventStream, type EventStreamParts } from './event-stream.js';
import { OutdatedLog } from './outdated-log.js';
import { Seals } from './seals.js';

/** Options of live data. */
export interface EventsOptions {
  /**
   * Key of the seals, which let only a client that received a tag subscribe to it. Use the same one on all nodes that serve a client.
   * Default: random.
   */
  readonly secret?: string;
  /** Most tags of one client. Default 1,000. */
  readonly maxTags?: number;
  /** Most clients that are subscribed at a time; further ones are told to retry later. Default 10,000. */
  readonly maxStreams?: number;
  /** Most clients of one address. Default 100. */
  readonly maxStreamsPerAddress?: number;
  /** Milliseconds after which a client must reconnect and authenticate again. Default 600,000. */
  readonly lifetime?: number;
}

/** The options with all defaults. */
export type EventsSettings = Required<Omit<EventsOptions, 'secret'>> & Pick<EventsOptions, 'secret'>;

/** The part of a node that live data needs. */
export interface LiveNode {
  /** Calls `handler` for each invalidation. */
  outdated(handler: (event: OutdatedEvent) => void): void;
  /** Calls `handler` when the node starts draining. */
  draining(handler: () => void): void;
}

export class Live {
  readonly seals: Seals;
  readonly #settings: EventsSettings;
  readonly #clock: Clock;
  readonly #log: OutdatedLog;
  /** Name of this log, different from those of other nodes and from those before a restart. */
  readonly #name = randomId().slice(0, 12);
  readonly #streams = new Set<EventStream>();
  readonly #listening = new Map<string, Set<EventStream>>();
  readonly #addresses = new Map<string, number>();
  #cursor = { position: -1, text: '' };
  #leaving = false;

  constructor(node: LiveNode, settings: EventsSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.seals = new Seals(settings.secret);
    this.#log = new OutdatedLog(clock);
    node.outdated(({ tags }) => this.#outdated(tags));
    node.draining(() => {
      this.#leaving = true;
      for (const stream of this.#streams) stream.end();
    });
  }

  /** The current position: a value read from here on includes every change up to it. */
  get cursor(): string {
    const { position } = this.#log;
    if (this.#cursor.position !== position) this.#cursor = { position, text: `${this.#name}.${position}` };
    return this.#cursor.text;
  }

  /**
   * Opens a stream of events.
   *
   * @param sealed tags as replies have them
   * @param cursor position up to which the client knows everything; `undefined` means now
   * @throws NetronError `permission_denied` for a tag that was not issued, `resource_exhausted`, `unavailable`
   */
  async open(caller: CallPeer, sealed: readonly unknown[], cursor: string | undefined): Promise<EdgeReply> {
    const { maxTags, maxStreams, maxStreamsPerAddress, lifetime } = this.#settings;
    if (sealed.length > maxTags) {
      throw refused(
        new StatusError(413, new NetronError('resource_exhausted', `expected at most ${maxTags} tags, got ${sealed.length}`)),
      );
    }
    const { tags, foreign } = await this.#opened(sealed);
    const address = networkOf(caller.address ?? '');
    const own = this.#addresses.get(address) ?? 0;
    if (own >= maxStreamsPerAddress) throw later('resource_exhausted', `${own} streams of this address are already open`);
    if (this.#leaving) throw later('unavailable', 'the node is stopping');
    if (this.#streams.size >= maxStreams) throw later('unavailable', `${this.#streams.size} streams are already open`);
    const position = foreign ? undefined : this.#positionOf(cursor);
    const missed = position === undefined ? undefined : this.#log.since(position, tags);
    const parts: EventStreamParts = {
      tags,
      log: this.#name,
      position: () => this.#log.position,
      ended: () => this.#ended(stream, address, timer),
    };
    const stream = new EventStream(parts, this.#log.position, missed);
    this.#addresses.set(address, (this.#addresses.get(address) ?? 0) + 1);
    this.#streams.add(stream);
    for (const tag of tags) this.#listeners(tag).add(stream);
    const timer = this.#clock.setTimeout(() => stream.end(), lifetime, true);
    const headers = ['content-type', mediaTypes.events, 'cache-control', 'no-store', 'x-accel-buffering', 'no'];
    return { status: 200, headers, stream: stream.reply };
  }

  /** @throws NetronError `permission_denied` when a tag is forged */
  async #opened(sealed: readonly unknown[]): Promise<{ readonly tags: Set<string>; readonly foreign: boolean }> {
    const tags = new Set<string>();
    let foreign = false;
    for (const each of sealed) {
      const opened = typeof each === 'string' ? await this.seals.open(each) : 'forged';
      if (opened === 'forged') throw refused(new NetronError('permission_denied', 'unknown tag: not issued by this server'));
      if (opened === 'foreign') foreign = true;
      else tags.add(opened.tag);
    }
    return { tags, foreign };
  }

  /** Returns a position of this log; `undefined` when it belongs to another one. */
  #positionOf(cursor: string | undefined): number | undefined {
    if (cursor === undefined || cursor === '') return this.#log.position;
    const at = cursor.indexOf('.');
    const position = cursor.slice(at + 1);
    return cursor.slice(0, at) === this.#name && /^\d{1,15}$/.test(position) ? Number(position) : undefined;
  }

  #outdated(tags: readonly string[]): void {
    this.#log.append(tags);
    const affected = new Set<EventStream>();
    for (const tag of tags) for (const stream of this.#listening.get(tag) ?? []) affected.add(stream);
    for (const stream of affected) stream.notify(tags, this.#log.position, affected.size);
  }

  #listeners(tag: string): Set<EventStream> {
    let listeners = this.#listening.get(tag);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listening.set(tag, listeners);
    }
    return listeners;
  }

  #ended(stream: EventStream, address: string, timer: unknown): void {
    this.#clock.clearTimeout(timer);
    this.#streams.delete(stream);
    for (const tag of stream.tags) {
      const listeners = this.#listening.get(tag);
      listeners?.delete(stream);
      if (listeners?.size === 0) this.#listening.delete(tag);
    }
    const left = (this.#addresses.get(address) ?? 1) - 1;
    if (left === 0) this.#addresses.delete(address);
    else this.#addresses.set(address, left);
  }
}

function later(code: 'resource_exhausted' | 'unavailable', message: string): NetronError {
  return refused(new NetronError(code, message, { retryAfterMs: 5_000 }));
}
