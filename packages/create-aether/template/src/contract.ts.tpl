/** The contract between the page and its service. */

export interface Note {
  readonly id: number;
  readonly text: string;
}

export interface INotes {
  list(): Promise<Note[]>;
  add(text: string): Promise<Note>;
}
