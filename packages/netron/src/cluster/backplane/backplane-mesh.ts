/**
 * The other nodes on a backplane: receives what they say, and tells them of this one. Each node tells the others of its handlers and
 * of its members, numbered; whoever misses a number asks.
 */
import { atMost } from '../../discovery/beats.js';
import { NetronError } from '../../errors/netron-error.js';
import type { Logger } from '../../util/logger.js';
import { Presence } from '../presence.js';
import type { Backplane, BackplaneState } from './backplane.js';
import { channelOfAll, channelOfNode, patternOf } from './channels.js';
import type { Message } from './envelope.js';
import { BackplaneLine, type BackplaneSettings, type LineNode } from './line.js';
import { Member } from './member.js';
import { type HeardNode, OtherHandlers } from './other-handlers.js';
import { OwnEntries } from './own-entries.js';
import { type BackplaneHandler, OwnHandlers } from './own-handlers.js';
import { Questions } from './questions.js';

/** Milliseconds between two beats of a node; longer where there are many nodes, so that each hears about twenty in a second. */
const beatEvery = 5_000;
/** Nodes from which beats come less often. */
const manyNodes = 100;
/** Intervals that a beat counts. */
const leased = 3.5;
/** Nodes at most; others are refused. */
const mostNodes = 10_000;
/** Milliseconds that leaving may take. */
const leaveTime = 1_000;

/** Parts of a node that its backplane uses. */
export interface BackplaneNode extends LineNode, HeardNode {
  readonly logger: Logger;
}

export class BackplaneMesh {
  readonly #node: BackplaneNode;
  readonly #line: BackplaneLine;
  readonly #questions: Questions;
  readonly #handlers: OwnHandlers;
  readonly #tables: readonly Presence[];
  readonly #own: readonly OwnEntries[];
  readonly #members = new Map<string, Member>();
  #greeted = false;
  #ended = false;
  #timer: unknown;

  /** @param presence members of this node, and of the others */
  constructor(node: BackplaneNode, backplane: Backplane, presence: Presence, settings: BackplaneSettings) {
    const line = new BackplaneLine(node, backplane, settings);
    // Handlers of all nodes: their patterns and numbers.
    const interest = new Presence(node.id, node.clock, (error) => node.failed(error, 'backplane'));
    this.#node = node;
    this.#line = line;
    this.#questions = new Questions(node.clock);
    this.#handlers = new OwnHandlers(line, interest, node.failed, (channel) => {
      for (const member of this.#members.values()) member.forgetChannel(channel);
    });
    new OtherHandlers(node, line, interest, this.#questions);
    this.#tables = [interest, presence];
    this.#own = this.#tables.map(
      (table, index) =>
        new OwnEntries(table, {
          weigh: (value) => line.weigh(value),
          changes: (revision, put, gone) => line.tell(channelOfAll, 'changes', index, revision, put, gone),
          failed: (error) => node.failed(error, 'presence'),
        }),
    );
  }

  get state(): BackplaneState {
    return { ...this.#line.state, nodes: [...this.#members.keys()] };
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
    this.#beatLater();
    if (failure !== undefined) throw failure;
    if (!this.#line.up) throw new NetronError('unavailable', `the backplane did not answer within ${timeout} ms`);
  }

  /** Lets a handler of this node hear the others. Returns what ends that. */
  subscribe(pattern: string, handler: BackplaneHandler): () => void {
    return this.#handlers.add(pattern, handler);
  }

  /** Takes leave. Always resolves, within three seconds. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const said = this.#line.up ? this.#line.send(channelOfAll, 'bye') : Promise.resolve();
    this.#end('was left: this node stops');
    await atMost(this.#node.clock, leaveTime, said);
    await this.#line.stop();
  }

  #end(reason: string): void {
    this.#ended = true;
    this.#node.clock.clearTimeout(this.#timer);
    for (const own of this.#own) own.end();
    for (const member of [...this.#members.values()]) this.#forget(member, reason);
  }

  /** The broker can be reached: the others are told, and asked. */
  #connected(): void {
    // Nobody could be heard meanwhile.
    for (const member of this.#members.values()) member.heard = this.#node.clock.now();
    this.#line.tell(channelOfAll, this.#greeted ? 'beat' : 'hello', ...this.#beat());
    if (!this.#greeted) this.#tellAll(channelOfAll);
    this.#greeted = true;
  }

  #beatLater(): void {
    if (this.#ended) return;
    const { clock, random } = this.#node;
    this.#timer = clock.setTimeout(
      () => {
        this.#beatLater();
        if (!this.#line.up) return;
        const now = clock.now();
        for (const member of [...this.#members.values()]) if (member.silent(now)) this.#forget(member, 'has fallen silent');
        this.#line.tell(channelOfAll, 'beat', ...this.#beat());
      },
      this.#period * (0.9 + 0.2 * random()),
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

  #tellAll(channel: string): void {
    for (const table of this.#own.keys()) this.#tellTable(channel, table);
  }

  #tellTable(channel: string, table: number): void {
    for (const { revision, index, more, entries } of this.#own[table]?.portions() ?? [])
      this.#line.tell(channel, 'all', table, revision, index, more, entries);
  }

  #receive(channel: string, message: Message): void {
    const { id, instance, clock } = this.#node;
    if (message.node === id) {
      // What this node has said itself comes back to it.
      if (message.instance !== instance) this.#rival(message);
      return;
    }
    const member = this.#memberOf(message);
    if (member === undefined) return this.#line.refuse(`node '${message.node}' is not known here, or in another run`);
    if (!member.follows(channel, message.number)) return this.#line.refuse(`a message of node '${message.node}' came twice`);
    member.heard = clock.now();
    const pattern = patternOf(channel);
    if (pattern === undefined) this.#take(member, message);
    else if (message.kind === 'event') this.#handlers.event(pattern, message.body);
    else this.#line.refuse(`'${message.kind}' does not belong among events`);
  }

  /** The node that speaks, when it is one that may. */
  #memberOf({ kind, node, instance }: Message): Member | undefined {
    const known = this.#members.get(node);
    if (known?.instance === instance) return known;
    const now = this.#node.clock.now();
    const greets = kind === 'hello' || (kind === 'beat' && (known === undefined || known.silent(now)));
    if (!greets || (known === undefined && this.#members.size >= mostNodes)) return undefined;
    if (known !== undefined) this.#forget(known, 'has begun anew');
    const member = new Member(node, instance, now, this.#tables);
    this.#members.set(node, member);
    return member;
  }

  #take(member: Member, { kind, body }: Message): void {
    const { id } = member;
    const now = this.#node.clock.now();
    switch (kind) {
      case 'hello':
      case 'beat': {
        const tables = member.beat(body, now);
        if (tables === undefined) return this.#line.refuse(`a beat of node '${id}' without revisions`);
        if (kind === 'hello') this.#welcome(id);
        // One that has just come, or has heard of this one, tells by itself what it has.
        else if (body.at(-1) !== true) for (const table of tables) this.#line.tell(channelOfNode(id), 'want', table);
        return;
      }
      case 'bye':
        return this.#forget(member, 'has stopped');
      case 'all':
        if (!member.all(body)) this.#line.refuse(`node '${id}' tells of something that is no list of entries`);
        return;
      case 'changes': {
        const next = member.changes(body, now);
        if (next === undefined) this.#line.refuse(`node '${id}' tells of something that is no change`);
        else if (!next) this.#line.tell(channelOfNode(id), 'want', body[0]);
        return;
      }
      case 'want':
        return this.#tellTable(channelOfNode(id), Number(body[0]));
      case 'ask':
        return this.#handlers.ask(id, body);
      case 'answer':
        if (!this.#questions.answer(id, body)) this.#line.refuse(`node '${id}' answers what it was not asked`);
        return;
      default:
        this.#line.refuse(`'${kind}' does not belong here`);
    }
  }

  /** Tells a node that has come of this one. */
  #welcome(id: string): void {
    this.#line.tell(channelOfNode(id), 'beat', ...this.#beat(), true);
    this.#tellAll(channelOfNode(id));
  }

  /** Another run has this node's id: the later one counts. */
  #rival({ kind, instance }: Message): void {
    if (kind !== 'hello') return this.#line.refuse(`another run has the id of this node: ${instance}`);
    const error = new NetronError('already_exists', `another node has begun with the id '${this.#node.id}'`);
    this.#node.logger.error({ backplane: this.state.name, instance }, error.message);
    this.#end('is not heard any more: another node has the id of this one');
    void this.#line.stop(error);
  }

  #forget(member: Member, reason: string): void {
    if (!this.#members.delete(member.id)) return;
    member.leave();
    this.#questions.leave(member.id, reason);
  }
}
