/** Documents that several people edit at once: access per document, and updates as a stream that continues where a reader was cut off. */

import { NotFoundError, ValidationError } from '@omnitron-dev/netron';
import {
  type AppOptions,
  type AuthContext,
  Authorize,
  type AuthProvider,
  type Caller,
  createApp,
  currentUser,
  Public,
  Stream,
  TitanService,
} from '@omnitron-dev/titan';

/** A change of a document: text inserted at a position, or characters removed. */
export interface Operation {
  readonly at: number;
  readonly insert?: string;
  readonly remove?: number;
}

/** An applied change, with the document's version after it. */
export interface Update {
  readonly version: number;
  readonly by: string;
  readonly operation: Operation;
}

/** A text with its history and its members. */
class SharedDocument {
  readonly members: ReadonlySet<string>;
  readonly updates: Update[] = [];
  readonly #waiting = new Set<() => void>();
  text = '';

  constructor(members: readonly string[]) {
    this.members = new Set(members);
  }

  apply(by: string, operation: Operation): number {
    const { at, insert = '', remove = 0 } = operation;
    if (!Number.isInteger(at) || at < 0 || at > this.text.length || remove < 0 || insert.length > 10_000)
      throw new ValidationError(`expected a position from 0 to ${this.text.length}, got ${at}`);
    this.text = this.text.slice(0, at) + insert + this.text.slice(at + remove);
    const version = this.updates.length + 1;
    this.updates.push({ version, by, operation });
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    return version;
  }

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }
}

const documents = new Map<string, SharedDocument>();

/** Whether the caller is a member of the document; a missing document has no members. */
const member = (caller: AuthContext, id: string): boolean => documents.get(id)?.members.has(caller.userId) ?? false;

@TitanService({ name: 'collaboration', version: '1.0.0', auth: true, rateLimit: { rpm: 6_000 } })
export class Collaboration {
  @Public({ fill: { 2: currentUser } })
  create(id: string, members: string[], user?: Caller<AuthContext>): void {
    if (documents.has(id)) throw new ValidationError(`document '${id}' already exists`);
    documents.set(id, new SharedDocument([user?.userId ?? '', ...members]));
  }

  @Authorize(member)
  @Public()
  read(id: string): { text: string; version: number } {
    const { text, updates } = found(id);
    return { text, version: updates.length };
  }

  @Authorize(member)
  @Public({ fill: { 2: currentUser } })
  applyOperation(id: string, operation: Operation, user?: Caller<AuthContext>): number {
    return found(id).apply(user?.userId ?? '', operation);
  }

  /** Streams every update after a version: a reader that was cut off asks for those after its last one. */
  @Authorize(member)
  @Public()
  @Stream()
  async *subscribeToDocument(id: string, after: number): AsyncGenerator<Update> {
    const document = found(id);
    for (let version = after; ; ) {
      while (version < document.updates.length) yield document.updates[version++] as Update;
      await document.changed();
    }
  }
}

function found(id: string): SharedDocument {
  const document = documents.get(id);
  if (document === undefined) throw new NotFoundError(`no document '${id}'`);
  return document;
}

/** Creates the application. */
export const makeApp = (authentication: AuthProvider, options: AppOptions = {}) =>
  createApp({
    name: 'collaboration',
    config: { netron: { port: Number(process.env.PORT ?? 8080), http: true, healthPort: false } },
    logger: { level: 'warn' },
    security: { authentication },
    ...options,
  }).service(Collaboration);
