import { type CreateOptions, create } from '@omnitron-dev/create-aether';

const options: CreateOptions = { cwd: '/tmp' };
const code: number = create(['shop', '--dry-run'], options);
// @ts-expect-error arguments are a list
create('shop');

export { code };
