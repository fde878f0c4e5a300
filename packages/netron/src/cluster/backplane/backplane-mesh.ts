/**
 * The other nodes on a backplane. Each node publishes its handlers and its members in numbered changes; a node that misses a
 * number asks for the table again.
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

/** Maximum number of nodes; more are refused. */
const maxNodes = 10_000;
/** Milliseconds that saying goodbye may take. */
const leaveTime = 1_000;

/** Members of a node that its backplane uses. */
export interface BackplaneNode extends LineNode, HeardNode, HandlingNode, PresentNode {
  readonly logger: Logger;
  readonly randomBytes: (length: number) => Uint8Array;
}

export class BackplaneMesh {
  readonly #node: BackplaneNode;
  readonly #line: BackplaneLine;
  readonly #questions: Questions;
  readonly #handlers: OwnHandlers;
  /** Presence members of all nodes. */
  readonly #presence: Presence;
  /** Tables that are shared with the other nodes: handlers and presence members. */
  readonly #tables: readonly Presence[];
  readonly #own: OwnTables;
  readonly #members = new Map<string, Member>();
  readonly #newcomers: Newcomers;
  readonly #readings: Readings;
  readonly #beats: BeatTimer;
  #greeted = false;
  #ended = false;

  /** @param presence presence members of this node and of the others */
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
   * Joins the other nodes.
   *
   * @param timeout milliseconds that the broker has to answer
   * @throws the reason why the broker cannot be reached; attempts continue nevertheless
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

  /** Lets a handler of this node receive events of other nodes. Returns a function that ends this. */
  subscribe(pattern: string, handler: BackplaneHandler): () => void {
    return this.#handlers.add(pattern, handler);
  }

  /** Tells other nodes to send no more questions to the handlers of this node. */
  leave(): void {
    this.#handlers.leave();
  }

  /**
   * Resolves when other nodes have read everything sent so far and their earlier questions have arrived, or after `ms`
   * milliseconds. Nodes that have fallen silent are not waited for.
   */
  async caughtUp(ms: number): Promise<void> {
    // Changes of this turn are sent before the question.
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

  /** Says goodbye and stops. Always resolves, within three seconds. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const said = this.#line.up ? this.#line.send(channelOfAll, 'bye') : Promise.resolve();
    this.#end();
    for (const member of [...this.#members.values()]) this.#forget(member, 'was disconnected: this node is stopping');
    await atMost(this.#node.clock, leaveTime, said);
    await this.#line.stop();
  }

  #end(): void {
    this.#ended = true;
    this.#beats.end();
    this.#own.end();
  }

  /** Called when the broker can be reached: announces this node to the others and asks for theirs. */
  #connected(): void {
    // No node could be received meanwhile, so none counts as silent.
    for (const member of this.#members.values()) member.heard = this.#node.clock.now();
    this.#line.tell(channelOfAll, this.#greeted ? 'beat' : 'hello', ...this.#beat());
    this.#greeted = true;
    this.#beats.reached();
  }

  #tellBeat(): void {
    if (!this.#line.up) return;
    const now = this.#node.clock.now();
    for (const member of [...this.#members.values()]) if (member.silent(now)) this.#forget(member, 'is silent');
    this.#line.tell(channelOfAll, 'beat', ...this.#beat());
  }

  /** Body of a beat: its lease, and the revisions of this node's tables. */
  #beat(): number[] {
    return [this.#beats.lease, ...this.#own.revisions];
  }

  #receive(channel: string, message: Message): void {
    const { id, instance, clock } = this.#node;
    if (message.node === id) {
      // The broker also delivers this node's own messages.
      if (message.instance !== instance) this.#rival(message);
      return;
    }
    if (message.kind === 'prove') return this.#prove(message);
    const known = this.#members.get(message.node);
    const member = known?.instance === message.instance ? known : this.#come(message, known);
    if (member === undefined) return;
    if (!member.follows(channel, message.number)) return this.#line.refuse(`duplicate message from node '${message.node}'`);
    member.heard = clock.now();
    const pattern = patternOf(channel);
    if (pattern === undefined) this.#take(member, message);
    else if (message.kind === 'event') this.#handlers.event(pattern, message.body);
    else this.#line.refuse(`unexpected '${message.kind}' on an event channel`);
  }

  /** Handles a message of a node, or of a run of one, that is not known yet. Returns the member once the node has proved that it is running. */
  #come({ kind, node, instance, number, body }: Message, known: Member | undefined): Member | undefined {
    const now = this.#node.clock.now();
    if (kind === 'proof' && this.#newcomers.answer(instance, body[0])) {
      if (known === undefined && this.#members.size >= maxNodes) {
        this.#line.refuse(`more than ${maxNodes} nodes`);
        return undefined;
      }
      if (known !== undefined) this.#forget(known, 'has restarted');
      const member = new Member(node, instance, number - 1, now, this.#tables);
      this.#members.set(node, member);
      return member;
    }
    // Messages before its proof are lost, which is not a fault.
    const expected = kind === 'hello' || kind === 'beat' || this.#newcomers.awaits(instance, now);
    // For a known node that is not silent, only `hello` indicates a new run.
    const missed = (known === undefined || known.silent(now)) && kind !== 'bye' && kind !== 'proof';
    if (kind === 'hello' || missed) this.#challenge(node, instance);
    if (kind === 'ask') this.#line.tell(channelOfNode(node), 'again', body[0]);
    if (!expected) this.#line.refuse(`unknown node '${node}', or unknown run of it`);
    return undefined;
  }

  /** Asks a run of a node for a proof that it is running: its messages could be replayed by another sender. */
  #challenge(node: string, instance: string): void {
    // This node says hello once the broker can be reached, and the nodes answer then.
    if (!this.#line.up) return;
    const secret = this.#newcomers.ask(instance, this.#node.clock.now());
    if (secret !== undefined) this.#line.tell(channelOfNode(node), 'prove', instance, secret);
  }

  /** Answers another node that asks this one for a proof that it is running. */
  #prove({ node, instance, body: [asked, secret] }: Message): void {
    // The question is for another run of this node.
    if (asked !== this.#node.instance || typeof secret !== 'string' || secret.length > 64) return;
    // The asking node may be unknown here, because not every hello is received. Its own proof is requested first, so that it is known
    // when it asks for more.
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
        if (!member.all(body, now)) this.#line.refuse(`node '${id}' sent an invalid list of entries`);
        return;
      case 'changes': {
        const missing = member.changes(body, now);
        if (missing === undefined) this.#line.refuse(`node '${id}' sent an invalid change`);
        else if (missing) this.#line.tell(channelOfNode(id), 'want', body[0]);
        return;
      }
      case 'want':
        return void this.#own.tell(id, body[0]);
      case 'ask':
        return this.#handlers.ask(id, body);
      case 'again':
        if (!this.#questions.again(id, body[0]))
          this.#line.refuse(`node '${id}' requested a question again that it was never asked`);
        return;
      case 'answer':
        if (!this.#questions.answer(id, body)) this.#line.refuse(`node '${id}' answered a question that it was never asked`);
        return;
      default:
        this.#line.refuse(`unexpected '${kind}'`);
    }
  }

  /** Asks a node for those tables whose revisions differ. */
  #compare(member: Member, beat: readonly unknown[]): void {
    const tables = member.beat(beat, this.#node.clock.now());
    if (tables === undefined) return this.#line.refuse(`a heartbeat of node '${member.id}' without revisions`);
    for (const table of tables) this.#line.tell(channelOfNode(member.id), 'want', table);
  }

  /** Handles another run with this node's id. A run that started later and has proved that it is running replaces this one. */
  #rival(message: Message): void {
    const { kind, node, instance, body } = message;
    if (kind === 'hello') return this.#challenge(node, instance);
    if (kind === 'prove') return this.#prove(message);
    if (kind !== 'proof' || !this.#newcomers.answer(instance, body[0]))
      return this.#line.refuse(`another run has the id of this node: ${instance}`);
    const error = new NetronError('already_exists', `another node has started with the id '${this.#node.id}'`);
    this.#node.logger.error({ backplane: this.state.name, instance }, error.message);
    this.#end();
    for (const id of this.#members.keys()) {
      this.#questions.leave(id, 'is disconnected: another node uses the id of this one');
      // Its handlers stay: events that they would have received now fail, and are counted.
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
