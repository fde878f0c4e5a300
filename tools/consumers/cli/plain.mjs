import { existsSync, rmSync } from 'node:fs';
import { main, ServiceGenerator } from '@omnitron-dev/cli';

rmSync('generated', { recursive: true, force: true });
const { files } = await new ServiceGenerator().generate('user', { folder: 'generated', dialect: 'standard' });
const refused = await new ServiceGenerator().generate('../x', { folder: 'generated' }).catch(({ name }) => name);
const code = await main(['new', 'shop', '--yes', '--dry-run', '--json']);
if (files.length !== 3 || !files.every((file) => existsSync(`generated/${file}`)) || refused !== 'Refusal' || code !== 0)
  throw new Error(`got ${files}, ${refused}, ${code}`);
console.log('ok');
