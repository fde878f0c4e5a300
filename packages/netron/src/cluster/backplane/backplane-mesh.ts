/**
 * The other nodes on a backplane: receives what they say, and tells them of this one. Each node tells the others of its handlers and
 * of its members, numbered; whoever misses a number asks.
 */
import { atMost } from '../../discovery/beats.js';
import { NetronError } from '../../errors/netron-error.js';
import type { Logger } from '../../util/logger.js';
import { Presence, type PresentNode } from '../presence.js';
import type { Backplane, BackplaneState } from './backplane.js';
import { BeatTimer } from './beat-timer.js';
import { channelOfAll, channelOfNode, patternOf } from './channels.js';
import type { Message } from './envelope.js';
import { BackplaneLine, type BackplaneSettings, type LineNode } from './line.js';
import { Member } from './member.js';
import { Newcomers } from './newcomers.js';
import { type HeardNode, OtherHandlers } from './other-handlers.js';
import { type BackplaneHandler, type HandlingNode, OwnHandlers } from './own-handlers.js';
import { OwnTables } from './own-tables.js';
import { Questions } from './questions.js';
import { Readings } from './readings.js';

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
  readonly #own: OwnTables;
  readonly #members = new Map<string, Member>();
  readonly #newcomers: Newcomers;
  readonly #readings: Readings;
  readonly #beats: BeatTimer;
  #greeted = false;
  #ended = false;

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
    this.#own = new OwnTables(line, this.#tables, (id) => this.#members.has(id));
    this.#readings = new Readings(node.clock, node.randomBytes);
    const others = (): number => this.#members.size;
    this.#beats = new BeatTimer(node.clock, node.random, others, () => this.#tellBeat());
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

  /**
   * Resolves when the others have read what they were told, and their questions from before are here; at the latest after `ms`
   * milliseconds. One that has fallen silent is not waited for.
   */
  async caughtUp(ms: number): Promise<void> {
    // Changes of this turn are told before they are asked.
    await undefined;
    const ask = (id: string, text: string): boolean => {
      const member = this.#members.get(id);
      if (member === undefined || !this.#line.up) return false;
      this.#line.tell(channelOfNode(id), 'prove', member.instance, text);
      return true;
    };
    const now = this.#node.clock.now();
    const there = [...this.#members.values()].filter((member) => !member.overdue(now));
    await this.#readings.wait(
      there.map(({ id }) => id),
      ask,
      ms,
    );
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
    this.#beats.end();
    this.#own.end();
  }

  /** The broker can be reached: the others are told, and asked. */
  #connected(): void {
    // Nobody could be heard meanwhile.
    for (const member of this.#members.values()) member.heard = this.#node.clock.now();
    this.#line.tell(channelOfAll, this.#greeted ? 'beat' : 'hello', ...this.#beat());
    this.#greeted = true;
    this.#beats.reached();
  }

  #tellBeat(): void {
    if (!this.#line.up) return;
    const now = this.#node.clock.now();
    for (const member of [...this.#members.values()]) if (member.silent(now)) this.#forget(member, 'has fallen silent');
    this.#line.tell(channelOfAll, 'beat', ...this.#beat());
  }

  /** How long a beat counts, and the revisions of this node's tables. */
  #beat(): number[] {
    return [this.#beats.lease, ...this.#own.revisions];
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

  /** Asks a run of a node to show that it is there: what it said may have been said before, and again by somebody else. */
  #challenge(node: string, instance: string): void {
    // It says hello once it can be reached, and is asked who is there then.
    if (!this.#line.up) return;
    const secret = this.#newcomers.ask(instance, this.#node.clock.now());
    if (secret !== undefined) this.#line.tell(channelOfNode(node), 'prove', instance, secret);
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
        this.#readings.answer(id, body[0]);
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
        return void this.#own.tell(id, body[0]);
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
    if (kind === 'hello') return this.#challenge(node, instance);
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
    this.#readings.leave(member.id);
    this.#questions.leave(member.id, reason);
  }
}
