const key = 'conduit-token';

/** Token of whoever is logged in. It is in a cookie, so that the server renders their pages; calls send it themselves. */
export class Session {
  readonly token: string | undefined;

  /** @param cookies `document.cookie` in a page, the header `cookie` on the server */
  constructor(cookies: string) {
    this.token = new RegExp(`(?:^|; )${key}=([\\w-]+)`).exec(cookies)?.[1];
  }

  /** Begins anew as somebody, or as nobody: the page is loaded again, and nothing of the former user is left. */
  enter(token: string | undefined): void {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is not in all browsers
    document.cookie = `${key}=${token ?? ''}; path=/; samesite=lax; max-age=${token === undefined ? 0 : 86_400}`;
    location.assign('/');
  }
}
