/** Draining links of a peer: their pending calls finish beside the link in use. */

/** Most draining links of one peer; one more closes the oldest. */
const most = 4;

/** The members of a draining link that are used. */
export interface LeavingLink {
  close(reason: string): void;
}

export class LeavingLinks<Link extends LeavingLink> {
  #links: readonly Link[] = none;

  get all(): readonly Link[] {
    return this.#links;
  }

  add(link: Link): void {
    const oldest = this.#links.length >= most ? this.#links[0] : undefined;
    this.#links = [...this.#links.filter((other) => other !== oldest), link];
    oldest?.close('newer connections have taken over');
  }

  /** Forgets a link that has ended. @returns whether it was one of these */
  delete(link: Link): boolean {
    if (!this.#links.includes(link)) return false;
    this.#links = this.#links.filter((other) => other !== link);
    return true;
  }

  close(reason: string): void {
    const links = this.#links;
    this.#links = none;
    for (const link of links) link.close(reason);
  }
}

// Most peers never have any.
const none: readonly never[] = [];
