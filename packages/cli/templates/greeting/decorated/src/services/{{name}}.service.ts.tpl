import { Public, Stream, TitanService } from '@omnitron-dev/titan';
import { {{camel}} } from './{{name}}.contract.js';

@TitanService({{camel}})
export class {{Name}}Service {
  @Public()
  greet(name: string): string {
    return `Hello, ${name}!`;
  }

  @Public()
  @Stream()
  async *count(to: number): AsyncGenerator<number> {
    for (let number = 1; number <= to; number++) yield number;
  }
}

export const {{camel}}Service = {{Name}}Service;
