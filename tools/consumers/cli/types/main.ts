import { type Generated, main, ServiceGenerator } from '@omnitron-dev/cli';

const generated: Promise<Generated> = new ServiceGenerator().generate('user', { dialect: 'none', dryRun: true });
const code: Promise<number> = main(['--help']);

export { code, generated };
