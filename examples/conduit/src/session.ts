const key = 'conduit-token';

/** The token of whoever is logged in, kept in the browser. */
export const session = {
  get token(): string | undefined {
    return localStorage.getItem(key) ?? undefined;
  },

  /** Begins anew as somebody, or as nobody: the page is loaded again, and nothing of the former user is left. */
  enter(token: string | undefined): void {
    if (token === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, token);
    location.assign('/');
  },
};
