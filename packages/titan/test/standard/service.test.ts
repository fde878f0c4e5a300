import { inject } from '@omnitron-dev/nexus';
import { Logger, Public, Stream, TitanService } from '../../src/index.js';
import { testService, users } from '../service/contract.js';

@TitanService(users)
class Users {
  readonly logger = inject(Logger);
  @Public()
  async createUser({ email, age }: { email: string; age: number }) {
    return { id: '1', email, age };
  }
  @Public()
  getUser(_id: string) {
    return null;
  }
  @Public()
  rename(from: string, to: string) {
    return `${from} to ${to}`;
  }
  @Public()
  @Stream()
  async *list(count: number) {
    for (let n = 1; n <= count; n++) yield { n: n < 4 ? n : ('four' as never as number) };
  }
  @Public()
  broken(): { total: number } {
    return { total: 'many' as never };
  }
}
testService('standard dialect', () => Users);
