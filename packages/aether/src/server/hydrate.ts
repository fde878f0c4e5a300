import { dev } from '#dev';
import { batch } from '../reactive/batch.js';
import { active } from '../reactive/graph.js';
import { dropHanded, readHanded } from '../reactive/handed.js';
import { provide, runIn, Scope } from '../reactive/owner.js';
import { type Handover, handoverKey } from '../reactive/resource.js';
import { suspenseKey } from '../reactive/suspend.js';
import type { Block, Filled } from '../view/block.js';
import { PageHost } from '../view/create.js';
import type { Host, Space } from '../view/host.js';
import { hydration, unclaimed } from '../view/hydration.js';
import type { Instance } from '../view/instance.js';
import { inside, makeElement } from '../view/spaces.js';
import type { Boundary, Marks } from '../view/suspending.js';
import type { SuspenseProps } from '../view/suspense.js';
import type { View } from '../view/types.js';
import { checkPrefix, provideIds } from '../view/use-id.js';
import { Claims } from './claims.js';
import { fillInOrder } from './fill.js';
import { type MakeContent, MarkedSuspense, Mismatch, unanswered } from './marked-suspense.js';
import { Places } from './places.js';
import { take } from './taken.js';

/** The cursor of a page during hydration. */
const claims = (): Claims | undefined => hydration.cursor as Claims | undefined;

/** Whether what the server has written is the view of now. */
const comparable = (): boolean => claims()?.givenUp === false && !claims()?.isLate;

/** The host of a server-rendered page. After hydration it is like any other. */
class HydrationHost extends PageHost {
  override readonly bind = dev ? dev.comparing(take, comparable) : take;

  constructor(
    document: Document,
    private readonly places: Places,
    space?: Space,
  ) {
    super(document, space);
  }

  override create(value: unknown, position?: number): Instance {
    // After hydration, ids are counted.
    if (hydration.cursor === undefined) return super.create(value);
    const make = () => this.places.within(value, () => super.create(value));
    return position === undefined ? make() : this.places.at(position, make);
  }

  at<R extends { start(): R }>(position: number, row: R): R {
    return this.places.at(position, () => row.start());
  }

  override inSpace(space: Space): Host {
    return space === this.space ? this : new HydrationHost(this.document, this.places, space);
  }

  element(tag: string): Element {
    return claims()?.element(tag) ?? makeElement(this, tag);
  }

  override text(data: string): Text {
    return claims()?.text(data) ?? super.text(data);
  }

  fill(block: Block): Filled | undefined {
    return hydration.cursor && fillInOrder(block, this);
  }

  enter(element: Element): void {
    hydration.cursor?.enter(element);
  }

  leave(element: Element): void {
    hydration.cursor?.leave(element);
  }

  suspense(props: SuspenseProps): Instance | undefined {
    const marks = claims()?.marks();
    const place = this.places.here;
    let changes: number | undefined;
    const between = (make: MakeContent) => {
      const isLate = changes !== undefined && changes !== active.changes;
      const made = this.places.from(place, () => this.between(marks as Marks, make, isLate));
      changes ??= active.changes;
      return made;
    };
    return marks && new MarkedSuspense(props, this, marks, between, unclaimed).start();
  }

  private between({ start, end }: Marks, make: MakeContent, isLate: boolean): Instance | undefined {
    const parent = start.parentNode as Node;
    const outer = claims();
    const own = new Claims(parent, start.nextSibling, parent, isLate || outer?.isLate);
    const settle = () => {
      own.marked.push(start, end);
      // Hydration of the surrounding part may be abandoned and repeated.
      if (outer === undefined) own.close();
      else outer.add(own);
    };
    hydration.cursor = own;
    try {
      const made = make(() => {
        own.givenUp = true;
      });
      if (own.mismatch) throw own.mismatch;
      if (made === undefined) own.restore();
      else {
        own.complete(end);
        settle();
      }
      return made;
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      if (!own.isLate) console.error(`hydrate: ${error.message}; this part is rendered anew`);
      hydration.cursor = undefined;
      while (start.nextSibling !== end) start.nextSibling?.remove();
      const made = make(undefined);
      made?.insert(parent, end);
      settle();
      return made;
    } finally {
      hydration.cursor = outer;
    }
  }
}

/** The embedded answers of the server. Each is used once: later requests go to the server. */
class HandedOver implements Handover {
  private readonly answers: Map<string, unknown>;

  constructor(document: Document, prefix: string) {
    const handed = readHanded(document, prefix);
    if (handed === 'unreadable') console.error('hydrate: the embedded data is incomplete; the page requests it again');
    this.answers = new Map(Object.entries(handed === 'unreadable' ? {} : handed));
    dropHanded(document, prefix);
  }

  take(key: string): { readonly value: unknown } | undefined {
    if (!this.answers.has(key)) return undefined;
    const value = this.answers.get(key);
    this.answers.delete(key);
    return { value };
  }

  keep(): () => void {
    const before = [...this.answers];
    return () => {
      for (const [key, value] of before) this.answers.set(key, value);
    };
  }

  offer(): void {}
}

/** Options of `hydrate`. */
export interface HydrateOptions {
  /** The same prefix as on the server, for a document with several applications. Default: none. */
  readonly prefix?: string | undefined;
}

/**
 * Attaches a view to an element whose content a server has rendered from the same view: uses the existing nodes, and updates
 * them from then on. Resources with a `key` use the answers of the server. Parts that wait for a `lazy` component stay as
 * the server wrote them, and are hydrated when it has loaded.
 *
 * If page and server differ, the surrounding `Suspense`, or else the whole view, is rendered anew, and the console reports
 * the difference. A text or an attribute that differs is corrected; during development the console reports attributes, too.
 * Typed text, chosen options, and opened or closed elements stay: handlers of `input`, `change` and `toggle` are called.
 *
 * @returns a function that disposes the view and removes its nodes
 */
export function hydrate(view: View | (() => View), container: Element, options: HydrateOptions = {}): () => void {
  if (dev) dev.optionsGiven('hydrate', options, { prefix: true } satisfies Record<keyof HydrateOptions, true>);
  const prefix = checkPrefix(options.prefix);
  const handed = new HandedOver(container.ownerDocument, prefix);
  const show = (claims: Claims | undefined, waits: Promise<void>[] = []): (() => void) | undefined => {
    const root = new Scope(undefined);
    const places = new Places(prefix, false);
    provideIds(root, places);
    provide(root, handoverKey, handed);
    if (claims !== undefined) provide(root, suspenseKey, outsideOf(claims, waits));
    const outer = hydration.cursor;
    hydration.cursor = claims;
    try {
      return runIn(root, () => {
        return batch(() => {
          try {
            const host = inside(new HydrationHost(container.ownerDocument, places), container);
            const instance = places.from([], () => host.create(view));
            if (waits.length > 0 && !claims?.mismatch) {
              root.dispose();
              return undefined;
            }
            instance.insert(container, null);
            if (claims?.mismatch) throw claims.mismatch;
            claims?.complete(null);
            claims?.close();
            return () => {
              root.dispose();
              instance.dispose();
              instance.remove();
            };
          } catch (error) {
            // Before the batch ends, which would call callbacks of the discarded view.
            root.dispose();
            throw error;
          } finally {
            hydration.cursor = outer;
          }
        });
      });
    } catch (error) {
      root.dispose();
      throw error;
    } finally {
      hydration.cursor = outer;
    }
  };
  const giveBack = handed.keep();
  /** Number of changes when the view was made first. */
  let changes: number | undefined;
  const takeOver = (): (() => void) => {
    const claims = new Claims(container, container.firstChild, container, changes !== undefined && changes !== active.changes);
    const waits: Promise<void>[] = [];
    try {
      const end = show(claims, waits);
      if (end !== undefined) return end;
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      if (!claims.isLate) console.error(`hydrate: ${error.message}; the view is rendered anew`);
      container.replaceChildren();
      giveBack();
      return show(undefined) as () => void;
    }
    claims.restore();
    changes ??= active.changes;
    giveBack();
    let isOver = false;
    let end = () => {
      isOver = true;
      container.replaceChildren();
    };
    Promise.all(waits)
      .then(() => {
        if (!isOver) end = takeOver();
      })
      .catch(reportError);
    return () => end();
  };
  const end = takeOver();
  if (!dev) return end;
  const ended = dev.shown(container, hydrate, 'hydrate');
  return () => {
    ended();
    end();
  };
}

/** Hears of what waits with no `Suspense` around while a page is taken over. Afterwards it hears of nothing. */
const outsideOf = (claims: Claims, waits: Promise<void>[]): Boundary => ({
  wait(until, owner) {
    if (hydration.cursor !== claims) return;
    claims.givenUp = true;
    // Made again, it would ask again.
    if (owner === undefined) waits.push(until);
    else claims.mismatch ??= new Mismatch(unanswered);
  },
  hold: () => false,
});
