/** Links of a peer whose other end takes no more calls: what is under way on them is finished beside the link in use. */

/** Leaving links of one peer at most; the oldest is closed for one more. */
const most = 4;

/** Members used of a link that leaves. */
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
