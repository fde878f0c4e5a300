import { existsSync } from 'node:fs';
import { create } from 'create-titan';

const code = await create(['shop', '--yes', '--dry-run', '--json']);
if (code !== 0 || existsSync('shop')) throw new Error(`got ${code}`);
console.log('ok');
