import { dev } from '#dev';
import { batch } from '../reactive/batch.js';
import { inert } from '../reactive/effect.js';
import { dataId } from '../reactive/handed.js';
import { onError, runIn, Scope, see } from '../reactive/owner.js';
import { type Handover, handoverKey, type ReadAnswer } from '../reactive/resource.js';
import { renderKey, suspenseKey } from '../reactive/suspend.js';
import type { Marks, ServerRender } from '../view/suspending.js';
import type { View } from '../view/types.js';
import { checkPrefix, provideIds } from '../view/use-id.js';
import { ServerHost } from './host.js';
import { type ServerMark, type ServerNode, ServerParent } from './nodes.js';
import { Places } from './places.js';
import { unplainPart } from './plain.js';
import { scriptJson, writeChildren, writeNodes } from './write.js';

/** Milliseconds of the longest timer, 24 days: a longer JavaScript timer would fire at once. */
const longestTimer = 2 ** 31 - 1;

/** Options of `renderToString` and `renderToStream`. */
export interface RenderOptions {
  /** Aborts the rendering and its requests; the rendering fails with the reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Longest wait for data, in ms; after it, fallbacks stay and the page loads the rest itself. Default 10,000; 0, or more
   * than 24 days, waits without limit.
   */
  readonly timeout?: number | undefined;
  /** Nonce of the scripts, for a content security policy. */
  readonly nonce?: string | undefined;
  /**
   * Prefix of the ids of `useId` and of the names of streamed content, for a document with several applications: a letter,
   * then letters, digits, `-` and `_`. Pass the same one to `hydrate`. Default: none.
   */
  readonly prefix?: string | undefined;
}

/** Content that has arrived after its fallback was written. */
export interface Revealed {
  /** Number of its marks. */
  readonly id: string;
  readonly html: string;
  /** Element that parsers have to see around it. */
  readonly around: 'svg' | 'math' | undefined;
}

/** The rendering of one page. All its state is in its root owner: concurrent renderings share nothing. */
export class PageRender implements ServerRender, Handover {
  readonly container = new ServerParent();
  private readonly host: ServerHost;
  private readonly prefix: string;
  private readonly root = new Scope(undefined);
  private readonly offers = new Map<string, Set<ReadAnswer>>();
  private pending = 0;
  /** Waits outside of a `Suspense`: nothing can be shown before they end. */
  private pendingOutside = 0;
  private wake: () => void = () => {};
  private failure: { readonly error: unknown } | undefined = undefined;
  private late = false;
  private timer: ReturnType<typeof setTimeout> | undefined = undefined;
  /** Marks of contents revealed since they were last taken. */
  private opened: Marks[] = [];

  constructor(
    private readonly view: View | (() => View),
    private readonly options: RenderOptions,
  ) {
    if (dev)
      dev.optionsGiven('render', options, { signal: true, timeout: true, nonce: true, prefix: true } satisfies Record<
        keyof RenderOptions,
        true
      >);
    see(this.root, {
      [inert]: true,
      [renderKey]: this,
      [handoverKey]: this,
      [suspenseKey]: { wait: (until: Promise<void>) => this.waitOutside(until), hold: () => false },
    });
    this.prefix = checkPrefix(options.prefix);
    const places = new Places(this.prefix, true);
    this.host = new ServerHost('html', false, { marks: 0, prefix: this.prefix, places, isDocument: false });
    provideIds(this.root, places);
  }

  /** Renders the page as far as possible without data. */
  start(): void {
    this.options.signal?.throwIfAborted();
    runIn(this.root, () => {
      onError((error) => {
        this.failure ??= { error };
        this.wake();
      });
      batch(() => this.host.places.from([], () => this.host.create(this.view)).insert(this.container as unknown as Node, null));
    });
  }

  /** Ends the rendering and releases its results at once: otherwise texts of pages pile up until a full garbage collection. */
  end(): void {
    clearTimeout(this.timer);
    this.root.dispose();
    this.container.clear();
    // Code may never arrive: nothing waits for it, or listens to the signal, any more.
    this.failure ??= { error: undefined };
    this.wake();
  }

  wait(until: Promise<void>): void {
    this.pending++;
    void until.then(() => {
      this.pending--;
      // After the waiting views have also run again.
      queueMicrotask(() => this.wake());
    });
  }

  private waitOutside(until: Promise<void>): void {
    this.pendingOutside++;
    void until.then(() => this.pendingOutside--);
  }

  revealed(marks: Marks): void {
    this.opened.push(marks);
    this.wake();
  }

  take(): undefined {
    return undefined;
  }

  offer(key: string, read: ReadAnswer, owner?: Scope): void {
    const reads = (owner && this.offers.get(key)) ?? new Set();
    this.offers.set(key, reads.add(read));
    // A setup that has waited runs again: its previous children are disposed.
    owner?.defer(() => reads.delete(read));
  }

  /** Resolves when no data is pending, the time is over, or `until` returns true. */
  async settled(until: () => boolean = () => false): Promise<void> {
    const { signal } = this.options;
    const aborted = () => this.wake();
    signal?.addEventListener('abort', aborted);
    try {
      for (;;) {
        signal?.throwIfAborted();
        if (this.failure !== undefined) throw this.failure.error;
        if (this.pending === 0 || this.late || until()) return;
        this.bound();
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    } finally {
      signal?.removeEventListener('abort', aborted);
    }
  }

  /** Limits the wait, from the first one on. */
  private bound(): void {
    const { timeout = 10_000 } = this.options;
    if (this.timer !== undefined || timeout <= 0 || timeout > longestTimer) return;
    this.timer = setTimeout(() => {
      this.late = true;
      this.wake();
    }, timeout);
  }

  /** Whether all views outside of a `Suspense` can be shown. */
  get showable(): boolean {
    return this.pendingOutside === 0;
  }

  get complete(): boolean {
    return this.pending === 0 || this.late;
  }

  /** Whether contents were revealed since they were last taken. */
  get hasRevealed(): boolean {
    return this.opened.length > 0;
  }

  /** Returns the position at the end of a page for additions: in the body, if it is a whole document. */
  endOf(html: string): number {
    const end = this.host.isDocument ? html.lastIndexOf('</body>') : -1;
    return end < 0 ? html.length : end;
  }

  /** Returns the current HTML of the page. */
  html(): string {
    this.opened = [];
    const html = writeChildren(this.container);
    return this.host.isDocument ? `<!doctype html>${html}` : html;
  }

  /** Returns the contents revealed in HTML that was written before, with the numbers of their marks. */
  takeRevealed(): Revealed[] {
    return this.opened.splice(0).flatMap((marks) => {
      const { start, end } = marks as unknown as {
        readonly start: ServerMark;
        readonly end: ServerNode;
      };
      // Inside hidden content, it is written with that content.
      let top: ServerNode = start;
      while (top.parentNode !== null) top = top.parentNode;
      return top === this.container
        ? [{ id: start.data.slice(1), html: writeNodes(start.nextSibling, end), around: start.around }]
        : [];
    });
  }

  /**
   * Returns the script with the answers of resources that have a key. If resources with the same key have different answers,
   * there is no script: the page fetches them itself.
   *
   * @throws TypeError with the key and the path of a value that the page would receive changed
   */
  async data(): Promise<string> {
    const answers: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    // All are requested first: they may wait for code to load.
    const offers = [...this.offers].map(async ([key, reads]) => ({ key, given: await Promise.all([...reads].map(answerOf)) }));
    for (const { key, given } of await Promise.all(offers)) {
      const all = given.filter((answer) => answer !== undefined);
      const lost = all.map(({ value }) => unplainPart(value, 'answer')).find((part) => part !== undefined);
      if (lost !== undefined) throw new TypeError(`resource '${key}': the answer must be plain data: ${lost}`);
      const [first] = all;
      if (first === undefined) continue;
      // One without an answer would take that of another.
      const isOne = given.length === 1 || new Set(given.map((answer) => answer && JSON.stringify(answer.value))).size === 1;
      if (isOne) answers[key] = first.value;
      else console.error(`resources with the key '${key}' have different answers: the page requests them again`);
    }
    if (Object.keys(answers).length === 0) return '';
    return `<script type="application/json" id="${dataId(this.prefix)}"${this.nonce}>${scriptJson(answers)}</script>`;
  }

  /** The attribute of scripts. */
  get nonce(): string {
    const { nonce } = this.options;
    if (nonce === undefined) return '';
    if (!/^[\w+/=-]+$/.test(nonce)) throw new TypeError('nonce must consist of letters, digits, +, /, -, _ and =');
    return ` nonce="${nonce}"`;
  }
}

const answerOf = async (read: ReadAnswer) => read();
