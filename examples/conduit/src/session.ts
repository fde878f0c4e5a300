import { type Redirect, redirect } from '@omnitron-dev/aether/router';

const key = 'conduit-token';

export const onServer = typeof document === 'undefined';

/** Token of whoever is logged in. It is in a cookie, so that the server renders their pages; calls send it themselves. */
export class Session {
  readonly token: string | undefined;
  /** Header `set-cookie` of the answer, where a server has run what logs somebody in. */
  cookie: string | undefined;

  /** @param cookies `document.cookie` in a page, the header `cookie` on the server */
  constructor(cookies: string) {
    this.token = new RegExp(`(?:^|; )${key}=([\\w-]+)`).exec(cookies)?.[1];
  }

  /** Begins anew as somebody, or as nobody: the page is loaded again, and nothing of the former user is left. */
  enter(token: string | undefined): Redirect | Promise<never> {
    this.cookie = `${key}=${token ?? ''}; path=/; samesite=lax; max-age=${token === undefined ? 0 : 86_400}`;
    if (onServer) return redirect('/');
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is not in all browsers
    document.cookie = this.cookie;
    location.assign('/');
    // Until then nothing else is to be shown.
    return new Promise(() => {});
  }
}
