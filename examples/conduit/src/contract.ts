/** The contract between the page and its server. */

export interface User {
  readonly name: string;
  readonly email: string;
}

export interface Registration extends User {
  readonly password: string;
}

export interface Profile {
  readonly name: string;
  /** Whether the caller follows them. */
  readonly followed: boolean;
}

export interface Draft {
  readonly title: string;
  readonly description: string;
  readonly body: string;
  readonly tags: readonly string[];
}

export interface Article extends Draft {
  readonly slug: string;
  readonly author: string;
  readonly createdAt: Date;
  readonly favorited: boolean;
  readonly favorites: number;
}

export interface ArticlePage {
  readonly articles: readonly Article[];
  readonly count: number;
}

export interface Filter {
  readonly tag?: string;
  readonly author?: string;
  readonly favoritedBy?: string;
  /** Only of authors whom the caller follows. */
  readonly followed?: boolean;
  readonly offset: number;
}

export interface Comment {
  readonly id: number;
  readonly author: string;
  readonly body: string;
  readonly createdAt: Date;
}

export interface IUsers {
  /** Resolves to a token. */
  register(registration: Registration): Promise<string>;
  /** Resolves to a token. */
  login(email: string, password: string): Promise<string>;
  current(): Promise<User>;
  profile(name: string): Promise<Profile>;
  follow(name: string, on: boolean): Promise<Profile>;
}

export interface IArticles {
  list(filter: Filter): Promise<ArticlePage>;
  tags(): Promise<string[]>;
  get(slug: string): Promise<Article>;
  create(draft: Draft): Promise<Article>;
  update(slug: string, draft: Draft): Promise<Article>;
  remove(slug: string): Promise<void>;
  favorite(slug: string, on: boolean): Promise<Article>;
  comments(slug: string): Promise<Comment[]>;
  comment(slug: string, body: string): Promise<Comment>;
  removeComment(slug: string, id: number): Promise<void>;
}

/** Articles of a page. */
export const pageSize = 10;
