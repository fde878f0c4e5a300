import { existsSync } from 'node:fs';
import { create } from '@omnitron-dev/create-aether';

const lines = [];
const code = create(['shop', '--dry-run'], { say: (line) => lines.push(line) });
if (code !== 0 || existsSync('shop') || !lines[0]?.includes('src/app.tsx')) throw new Error(`got ${code}, ${lines}`);
console.log('ok');
