/** Ids by place: on a server, and while a page takes its HTML over. When parts arrive, and how often they are made, changes nothing. */
import { ComponentDescription } from '../view/component.js';
import { hydration } from '../view/hydration.js';
import { type Ids, laterId } from '../view/use-id.js';

/** Steps from the root of a view: positions in lists, elements and templates, `component` and `fallback`. */
export type Place = readonly number[];

/** Step into a component, and into the fallback of a `Suspense`. */
const component = -1;
const fallback = -2;

/** The ids of one view, and the place where something is being made. */
export class Places implements Ids {
  /** Number of steps to the current place; -1 where there is none. */
  depth = -1;
  /** Position below it where a function is being called whose result is shown later; -1 where none is, or it has been entered. */
  evaluating = -1;
  private steps: number[] = [];
  /** Number of ids that were taken at each place on the way. */
  private taken: number[] = [];
  /** The same of places that are entered again, for content after the function that gives it. */
  private readonly evaluated = new Map<string, number>();
  /** Ids of properties of components, which are evaluated once: setups that run again do not take them. */
  private readonly kept = new Set<string>();
  private others = 0;

  constructor(
    private readonly prefix: string,
    private readonly onServer: boolean,
  ) {}

  /** The current place, for `from`. */
  get here(): Place | undefined {
    return this.depth < 0 ? undefined : this.steps.slice(0, this.depth);
  }

  take(): string {
    this.enterEvaluating();
    if (this.depth >= 0 && (this.onServer || hydration.cursor !== undefined)) {
      for (;;) {
        const { count } = this;
        this.taken[this.depth] = count + 1;
        const id = this.id(count);
        if (!this.kept.has(id)) return id;
      }
    }
    return this.onServer ? `${this.prefix}x${this.others++}` : laterId(this.prefix);
  }

  /** Number of ids that were taken at the current place. */
  get count(): number {
    this.enterEvaluating();
    return this.taken[this.depth] ?? 0;
  }

  /** Keeps the ids that were taken here since there were `count`. */
  keepSince(count: number): void {
    for (let at = count; at < this.count; at++) this.kept.add(this.id(at));
  }

  private id(count: number): string {
    return `${this.prefix}s${this.name()}_${count}`;
  }

  /** Enters a position below the current place. To leave it, `depth` is set to its value from before. */
  enter(position: number): void {
    if (this.depth < 0) return;
    this.steps[this.depth++] = position;
    this.taken[this.depth] = (this.evaluated.size > 0 && this.evaluated.get(this.name())) || 0;
  }

  /** Enters a component. One that takes no ids, and has nothing but another component, shares its place with that one. */
  enterComponent(): void {
    const { depth } = this;
    if (!(depth > 0 && this.steps[depth - 1] === component && this.taken[depth] === 0)) this.enter(component);
  }

  /** Leaves the position where a function has been called. */
  leaveEvaluated(depth: number): void {
    this.evaluated.set(this.name(), this.count);
    this.depth = depth;
  }

  /** Enters the position where a function is called, if that has not been done: most functions take no ids. */
  private enterEvaluating(): void {
    const { evaluating, depth } = this;
    if (evaluating < 0 || depth < 0) return;
    this.evaluating = -1;
    this.steps[depth] = evaluating;
    this.taken[depth + 1] = 0;
    this.depth = depth + 1;
  }

  /** Makes something at a position below the current place. */
  at<T>(position: number, make: () => T): T {
    const { depth } = this;
    this.enter(position);
    try {
      return make();
    } finally {
      this.depth = depth;
    }
  }

  /** Makes a value of a view. */
  within<T>(value: unknown, make: () => T): T {
    const { depth } = this;
    if (value instanceof ComponentDescription) this.enterComponent();
    try {
      return make();
    } finally {
      this.depth = depth;
    }
  }

  /**
   * Makes something at a place, as if for the first time; without a place, where ids only differ from all others.
   *
   * @param count ids that stay taken
   */
  from<T>(place: Place | undefined, make: () => T, count = 0): T {
    const { steps, taken, depth } = this;
    this.steps = [...(place ?? [])];
    this.depth = place?.length ?? -1;
    this.taken = new Array<number>(this.depth + 1).fill(count);
    try {
      return make();
    } finally {
      this.steps = steps;
      this.taken = taken;
      this.depth = depth;
    }
  }

  private name(): string {
    let name = '';
    for (let at = 0; at < this.depth; at++) {
      const step = this.steps[at] as number;
      name += step === component ? 'c' : step === fallback ? 'f' : step < 10 ? step : `-${step}-`;
    }
    return name;
  }
}

/** The place of the fallback of a `Suspense` at a place. */
export const fallbackOf = (place: Place | undefined): Place | undefined => place && [...place, fallback];
