/** Tables of this node that other nodes have copies of: sends changes to all, and a whole table to a node that lacks it. */
import type { Presence } from '../presence.js';
import { channelOfAll, channelOfNode } from './channels.js';
import type { BackplaneLine } from './line.js';
import { OwnEntries } from './own-entries.js';

export class OwnTables {
  readonly #line: BackplaneLine;
  readonly #knows: (id: string) => boolean;
  readonly #tables: readonly OwnEntries[];
  /** Tables that are being sent, with their receivers. */
  readonly #telling = new Set<string>();
  #ended = false;

  /** @param knows whether a node is known */
  constructor(line: BackplaneLine, tables: readonly Presence[], knows: (id: string) => boolean) {
    this.#line = line;
    this.#knows = knows;
    this.#tables = tables.map(
      (table, index) =>
        new OwnEntries(table, (revision, put, gone) => line.tell(channelOfAll, 'changes', index, revision, put, gone)),
    );
  }

  /** Revisions of the tables, by which other nodes detect missing changes. */
  get revisions(): number[] {
    return this.#tables.map(({ revision }) => revision);
  }

  /** Sends a table to one node, no faster than the broker accepts it. */
  async tell(id: string, table: unknown): Promise<void> {
    const own = this.#tables[table as number];
    const key = `${String(table)} ${id}`;
    if (own === undefined || this.#telling.has(key)) return;
    this.#telling.add(key);
    try {
      for (const { revision, index, more, entries } of own.portions()) {
        if (this.#ended || !this.#knows(id)) return;
        await this.#line.send(channelOfNode(id), 'all', table, revision, index, more, entries);
      }
    } catch {
      // The node asks again when the broker can be reached.
    } finally {
      this.#telling.delete(key);
    }
  }

  end(): void {
    this.#ended = true;
    for (const table of this.#tables) table.end();
  }
}
