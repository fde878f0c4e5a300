import { type Redirect, redirect } from '@omnitron-dev/aether/router';

const key = 'conduit-token';

export const onServer = typeof document === 'undefined';

/** Token of the logged-in user. A cookie holds it, so that the server can render the user's pages; calls send it themselves. */
export class Session {
  readonly token: string | undefined;
  /** Header `set-cookie` of the response, if the server has run the action that logs the user in. */
  cookie: string | undefined;

  /** @param cookies `document.cookie` in a page, the header `cookie` on the server */
  constructor(cookies: string) {
    this.token = new RegExp(`(?:^|; )${key}=([\\w-]+)`).exec(cookies)?.[1];
  }

  /** Logs a user in or out: reloads the page, so that no data of the previous user is left. */
  enter(token: string | undefined): Redirect | Promise<never> {
    this.cookie = `${key}=${token ?? ''}; path=/; samesite=lax; max-age=${token === undefined ? 0 : 86_400}`;
    if (onServer) return redirect('/');
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is not in all browsers
    document.cookie = this.cookie;
    location.assign('/');
    // Show nothing else until the page reloads.
    return new Promise(() => {});
  }
}
