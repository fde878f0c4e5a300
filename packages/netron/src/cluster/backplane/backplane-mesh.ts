/**
 * The other nodes on a backplane: receives what they say, and tells them of this one. Each node tells the others of its handlers and
 * of its members, numbered; whoever misses a number asks.
 */
import { atMost } from '../../discovery/beats.js';
import { NetronError } from '../../errors/netron-error.js';
import type { Logger } from '../../util/logger.js';
import { Presence, type PresentNode } from '../presence.js';
import type { Backplane, BackplaneState } from './backplane.js';
import { channelOfAll, channelOfNode, patternOf } from './channels.js';
import type { Message } from './envelope.js';
import { BackplaneLine, type BackplaneSettings, type LineNode } from './line.js';
import { Member } from './member.js';
import { Newcomers } from './newcomers.js';
import { type HeardNode, OtherHandlers } from './other-handlers.js';
import { OwnEntries } from './own-entries.js';
import { type BackplaneHandler, type HandlingNode, OwnHandlers } from './own-handlers.js';
import { Questions } from './questions.js';

/** Milliseconds between two beats of a node; longer where there are many nodes, so that each hears about twenty in a second. */
const beatEvery = 5_000;
/** Milliseconds until the first beat after the broker was reached. */
const soon = 1_000;
/** Nodes from which beats come less often. */
const manyNodes = 100;
/** Intervals that a beat counts. */
const leased = 3.5;
/** Nodes at most; others are refused. */
const mostNodes = 10_000;
/** Milliseconds that leaving may take. */
const leaveTime = 1_000;

/** Parts of a node that its backplane uses. */
export interface BackplaneNode extends LineNode, HeardNode, HandlingNode, PresentNode {
  readonly logger: Logger;
  readonly randomBytes: (length: number) => Uint8Array;
}

export class BackplaneMesh {
  readonly #node: BackplaneNode;
  readonly #line: BackplaneLine;
  readonly #questions: Questions;
  readonly #handlers: OwnHandlers;
  /** Members of all nodes. */
  readonly #presence: Presence;
  /** Handlers and members. */
  readonly #tables: readonly Presence[];
  readonly #own: readonly OwnEntries[];
  readonly #members = new Map<string, Member>();
  readonly #newcomers: Newcomers;
  /** Lists that are being sent, by channel and table. */
  readonly #telling = new Set<string>();
  /** Called when a node has answered what it was sent last, by its id. */
  readonly #reading = new Map<string, () => void>();
  #greeted = false;
  #ended = false;
  #timer: unknown;

  /** @param presence members of this node, and of the others */
  constructor(node: BackplaneNode, backplane: Backplane, presence: Presence, settings: BackplaneSettings) {
    const line = new BackplaneLine(node, backplane, settings);
    // Handlers of all nodes: their patterns and numbers.
    const interest = new Presence(node, (error) => node.failed(error, 'backplane'));
    this.#node = node;
    this.#line = line;
    this.#questions = new Questions(node.clock);
    this.#newcomers = new Newcomers(node.randomBytes);
    this.#handlers = new OwnHandlers(node, line, interest, (channel) => {
      for (const member of this.#members.values()) member.forgetChannel(channel);
    });
    new OtherHandlers(node, line, interest, this.#questions);
    this.#presence = presence;
    this.#tables = [interest, presence];
    this.#own = this.#tables.map(
      (table, index) =>
        new OwnEntries(table, (revision, put, gone) => line.tell(channelOfAll, 'changes', index, revision, put, gone)),
    );
  }

  get state(): BackplaneState {
    return { ...this.#line.state, nodes: this.#ended ? [] : [...this.#members.keys()] };
  }

  /**
   * Joins the others.
   *
   * @param timeout milliseconds that the broker has to answer
   * @throws why it cannot be reached; it goes on trying all the same
   */
  async start(timeout: number): Promise<void> {
    await Promise.all([this.#line.subscribe(channelOfAll), this.#line.subscribe(channelOfNode(this.#node.id))]);
    const started = this.#line.start({
      message: (channel, message) => this.#receive(channel, message),
      up: () => this.#connected(),
      down: (error) =>
        this.#node.logger.warn({ backplane: this.state.name, reason: error.message }, 'the backplane cannot be reached'),
    });
    let failure: unknown;
    started.catch((error: unknown) => {
      failure = error;
    });
    await atMost(this.#node.clock, timeout, started);
    if (failure !== undefined) throw failure;
    if (!this.#line.up) throw new NetronError('unavailable', `the backplane did not answer within ${timeout} ms`);
  }

  /** Lets a handler of this node hear the others. Returns what ends that. */
  subscribe(pattern: string, handler: BackplaneHandler): () => void {
    return this.#handlers.add(pattern, handler);
  }

  /** Tells the others to ask the handlers of this node nothing more. */
  leave(): void {
    this.#handlers.leave();
  }

  /** Resolves when the others have read what they were told, and their questions from before are here; at the latest after `ms` milliseconds. */
  async caughtUp(ms: number): Promise<void> {
    // Changes of this turn are told before they are asked.
    await undefined;
    const read = [...this.#members.values()].map(
      ({ id, instance }) =>
        new Promise<void>((resolve) => {
          this.#reading.set(id, resolve);
          if (!this.#challenge(id, instance)) resolve();
        }),
    );
    await atMost(this.#node.clock, ms, Promise.all(read));
    this.#reading.clear();
  }

  /** Takes leave. Always resolves, within three seconds. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const said = this.#line.up ? this.#line.send(channelOfAll, 'bye') : Promise.resolve();
    this.#end();
    for (const member of [...this.#members.values()]) this.#forget(member, 'was left: this node stops');
    await atMost(this.#node.clock, leaveTime, said);
    await this.#line.stop();
  }

  #end(): void {
    this.#ended = true;
    this.#node.clock.clearTimeout(this.#timer);
    for (const own of this.#own) own.end();
  }

  /** The broker can be reached: the others are told, and asked. */
  #connected(): void {
    // Nobody could be heard meanwhile.
    for (const member of this.#members.values()) member.heard = this.#node.clock.now();
    this.#line.tell(channelOfAll, this.#greeted ? 'beat' : 'hello', ...this.#beat());
    this.#greeted = true;
    // Others may be about to reach it, too.
    this.#beatLater(soon);
  }

  #beatLater(ms = this.#period): void {
    if (this.#ended) return;
    const { clock, random } = this.#node;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(
      () => {
        this.#beatLater();
        if (!this.#line.up) return;
        const now = clock.now();
        for (const member of [...this.#members.values()]) if (member.silent(now)) this.#forget(member, 'has fallen silent');
        this.#line.tell(channelOfAll, 'beat', ...this.#beat());
      },
      ms * (0.9 + 0.2 * random()),
      true,
    );
  }

  get #period(): number {
    return beatEvery * Math.max(1, this.#members.size / manyNodes);
  }

  /** How long a beat counts, and the revisions of this node's tables. */
  #beat(): number[] {
    return [this.#period * leased, ...this.#own.map(({ revision }) => revision)];
  }

  /** Sends a table to one node, no faster than the broker takes it. */
  async #tellTable(id: string, table: unknown): Promise<void> {
    const channel = channelOfNode(id);
    const own = this.#own[table as number];
    const key = `${String(table)} ${id}`;
    if (own === undefined || this.#telling.has(key)) return;
    this.#telling.add(key);
    try {
      for (const { revision, index, more, entries } of own.portions()) {
        if (this.#ended || !this.#members.has(id)) return;
        await this.#line.send(channel, 'all', table, revision, index, more, entries);
      }
    } catch {
      // It asks again when the broker is back.
    } finally {
      this.#telling.delete(key);
    }
  }

  #receive(channel: string, message: Message): void {
    const { id, instance, clock } = this.#node;
    if (message.node === id) {
      // What this node has said itself comes back to it.
      if (message.instance !== instance) this.#rival(message);
      return;
    }
    if (message.kind === 'prove') return this.#prove(message);
    const known = this.#members.get(message.node);
    const member = known?.instance === message.instance ? known : this.#come(message, known);
    if (member === undefined) return;
    if (!member.follows(channel, message.number)) return this.#line.refuse(`a message of node '${message.node}' came twice`);
    member.heard = clock.now();
    const pattern = patternOf(channel);
    if (pattern === undefined) this.#take(member, message);
    else if (message.kind === 'event') this.#handlers.event(pattern, message.body);
    else this.#line.refuse(`'${message.kind}' does not belong among events`);
  }

  /** A node speaks that is not known, or in another run. Returns it when it has shown that it is there. */
  #come({ kind, node, instance, number, body }: Message, known: Member | undefined): Member | undefined {
    const now = this.#node.clock.now();
    if (kind === 'proof' && this.#newcomers.answer(instance, body[0])) {
      if (known === undefined && this.#members.size >= mostNodes) {
        this.#line.refuse(`more than ${mostNodes} nodes`);
        return undefined;
      }
      if (known !== undefined) this.#forget(known, 'has begun anew');
      const member = new Member(node, instance, number - 1, now, this.#tables);
      this.#members.set(node, member);
      return member;
    }
    // What it says before its answer has come is lost, and no fault.
    const expected = kind === 'hello' || kind === 'beat' || this.#newcomers.awaits(instance, now);
    // Of a node that runs only a greeting tells that it has begun anew.
    const missed = (known === undefined || known.silent(now)) && kind !== 'bye' && kind !== 'proof';
    if (kind === 'hello' || missed) this.#challenge(node, instance);
    if (kind === 'ask') this.#line.tell(channelOfNode(node), 'again', body[0]);
    if (!expected) this.#line.refuse(`node '${node}' is not known here, or in another run`);
    return undefined;
  }

  /** Asks a run of a node to show that it is there: what it said may have been said before, and again by somebody else. Returns whether it was asked. */
  #challenge(node: string, instance: string): boolean {
    // It says hello once it can be reached, and is asked who is there then.
    if (!this.#line.up) return false;
    const secret = this.#newcomers.ask(instance, this.#node.clock.now());
    if (secret !== undefined) this.#line.tell(channelOfNode(node), 'prove', instance, secret);
    return secret !== undefined;
  }

  /** Another node wants to know whether this one is there. */
  #prove({ node, instance, body: [asked, secret] }: Message): void {
    // Meant for another run of this node.
    if (asked !== this.#node.instance || typeof secret !== 'string' || secret.length > 64) return;
    // Not everybody who comes is heard by all. Asked first: it is known here when it asks for more.
    if (node !== this.#node.id && this.#members.get(node)?.instance !== instance) this.#challenge(node, instance);
    this.#line.tell(channelOfNode(node), 'proof', secret, ...this.#beat());
  }

  #take(member: Member, { kind, body }: Message): void {
    const { id } = member;
    const now = this.#node.clock.now();
    switch (kind) {
      case 'hello':
        return;
      case 'proof':
        this.#reading.get(id)?.();
        return this.#compare(member, body.slice(1));
      case 'beat':
        return this.#compare(member, body);
      case 'bye':
        return this.#forget(member, 'has stopped');
      case 'all':
        if (!member.all(body, now)) this.#line.refuse(`node '${id}' tells of something that is no list of entries`);
        return;
      case 'changes': {
        const missing = member.changes(body, now);
        if (missing === undefined) this.#line.refuse(`node '${id}' tells of something that is no change`);
        else if (missing) this.#line.tell(channelOfNode(id), 'want', body[0]);
        return;
      }
      case 'want':
        return void this.#tellTable(id, body[0]);
      case 'ask':
        return this.#handlers.ask(id, body);
      case 'again':
        if (!this.#questions.again(id, body[0])) this.#line.refuse(`node '${id}' wants a question again that it was not asked`);
        return;
      case 'answer':
        if (!this.#questions.answer(id, body)) this.#line.refuse(`node '${id}' answers what it was not asked`);
        return;
      default:
        this.#line.refuse(`'${kind}' does not belong here`);
    }
  }

  /** Asks a node for the tables that are not as it says. */
  #compare(member: Member, beat: readonly unknown[]): void {
    const tables = member.beat(beat, this.#node.clock.now());
    if (tables === undefined) return this.#line.refuse(`a beat of node '${member.id}' without revisions`);
    for (const table of tables) this.#line.tell(channelOfNode(member.id), 'want', table);
  }

  /** Another run has this node's id. When it has begun later, and is there, it counts. */
  #rival(message: Message): void {
    const { kind, node, instance, body } = message;
    if (kind === 'hello') return void this.#challenge(node, instance);
    if (kind === 'prove') return this.#prove(message);
    if (kind !== 'proof' || !this.#newcomers.answer(instance, body[0]))
      return this.#line.refuse(`another run has the id of this node: ${instance}`);
    const error = new NetronError('already_exists', `another node has begun with the id '${this.#node.id}'`);
    this.#node.logger.error({ backplane: this.state.name, instance }, error.message);
    this.#end();
    for (const id of this.#members.keys()) {
      this.#questions.leave(id, 'is not heard any more: another node has the id of this one');
      // Its handlers stay: what they miss now fails, and is counted.
      this.#presence.forget(id);
    }
    void this.#line.stop(error);
  }

  #forget(member: Member, reason: string): void {
    if (!this.#members.delete(member.id)) return;
    member.leave();
    this.#reading.get(member.id)?.();
    this.#questions.leave(member.id, reason);
  }
}
