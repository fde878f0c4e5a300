/** Knows who follows what is read. */
export interface Register {
  tracker: unknown;
  /** Gets what is created. */
  readonly owner: unknown;
}

/** Checks that help while one develops. Present under the condition `development` only. */
export interface Checks {
  /**
   * A component has read a property. One that its setup reads without following it is noted.
   *
   * @param of its properties, as the one who watches them for changes
   * @param component the instance, with its name
   */
  propertyRead(of: object, component: object, property: string, register: Register): void;
  /**
   * A component has got other properties: one that nothing follows, and that was read in the setup, is named in the console.
   *
   * @param of the properties, as in `propertyRead`
   */
  propertiesReplaced(of: object, before: object, now: object, isFollowed: (property: string) => boolean): void;
  /**
   * A component has read a property that is computed. One that its setup reads is named in the console when it changes and nothing follows
   * it.
   *
   * @param of and the next two as in `propertyRead`
   * @param source the computed; its readers are a list
   * @param follow runs a function now, and again when what it has read changes, until the component ends
   */
  getterRead(
    of: object,
    component: object,
    property: string,
    register: Register,
    source: { read(): unknown; readonly subs: unknown; readonly subsTail: unknown },
    follow: (run: () => void) => void,
  ): void;
  /**
   * A component is set up for another, whose properties it has.
   *
   * @param use the other one
   * @param component the one whose setup begins
   */
  setUpFor(use: object, component: object): void;
  /**
   * Returns what a value is that no view can show.
   *
   * @param description the value, if it describes an element or a component
   */
  kindOf(value: unknown, description: { readonly type: unknown } | undefined): string;
  /** An attribute was not set. */
  attributeDropped(name: string, reason: string): void;
  /**
   * Wraps a function that sets attributes, for elements that a server has written: one that was something else is named in the console.
   *
   * @param taking whether elements are being taken over
   */
  comparing<F extends (element: Element, name: string, ...rest: never[]) => unknown>(set: F, taking: () => boolean): F;
  /** An attribute of an element that is taken over was something else; `undefined`: it was not there, or is not to be. */
  attributeDiffers(element: Element, name: string, expected: string | undefined, found: string | undefined): void;
  /** A property of an element is given a value, which is returned. */
  propertySet(element: Element, name: string, value: unknown): unknown;
  /** Returns the value that a property was given last; `undefined` if it never was given one. */
  propertyGiven(element: Element, name: string): unknown;
  /** A signal has a value. */
  valueWritten(value: unknown, register: Register): void;
  /** A signal is given the value that it has, so that nobody is notified. */
  valueWrittenAgain(value: unknown, register: Register, signal: string): void;
  /**
   * Returns a function to be called before each answer of a resource, and each failure. A resource that is read by the effect, computed or
   * view that makes it is made and asked anew by each answer: after some of them it is named in the console.
   *
   * @param maker owner of the resource, which may follow what it reads
   * @param signals of the resource
   */
  answersOf(maker: object | undefined, signals: readonly object[], register: Register, name: string | undefined): () => void;
  /**
   * Options are given. Unknown ones are named in the console, with the known ones.
   *
   * @param where names the function
   * @param names has a property for each option
   */
  optionsGiven(where: string, options: object, names: object): void;
  /**
   * A member is named that a service does not have.
   *
   * @param by names the place where it stands
   */
  memberMissing(service: string, member: string, by: string): void;
  /**
   * A view is shown in an element. If it is there already, it is named in the console.
   *
   * @param view what is the same when it is shown again
   * @param by name of the function that shows it
   * @returns a function that is called when it ends
   */
  shown(element: Element, view: unknown, by: string): () => void;
  /** Items of a `For`, which `by` tells apart, if it is given. */
  itemsGiven(items: readonly unknown[], by: ((item: unknown) => unknown) | undefined): void;
  /** Children in a row, some of which may have a `key`. */
  childrenGiven(children: readonly unknown[]): void;
  /** Data of a route or a query cannot be embedded in the page, which loads it again. Each reason is named once in the console. */
  notEmbedded(what: string, reason: string): void;
}
