import { randomUUID } from 'node:crypto';
import { Public, TitanService } from '@omnitron-dev/titan';
import { {{camel}} } from './{{name}}.contract.js';

/** Keeps items in memory. Replace this with a database. */
@TitanService({{camel}})
export class {{Name}}Service {
  private readonly names = new Map<string, string>();

  @Public()
  add({ name }: { name: string }): { id: string; name: string } {
    const id = randomUUID();
    this.names.set(id, name);
    return { id, name };
  }

  @Public()
  get(id: string): { id: string; name: string } | null {
    const name = this.names.get(id);
    return name === undefined ? null : { id, name };
  }
}

export const {{camel}}Service = {{Name}}Service;
