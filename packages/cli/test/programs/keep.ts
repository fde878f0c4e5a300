/** Keeps one process running whose exits are too far apart to count together. */
import { supervise } from '../../src/run/supervisor.js';

const [exec = ''] = process.argv.slice(2);
process.exit(await supervise([{ name: 'edge', index: 0 }], { exec, args: [], say: console.log, window: 0, delay: 1 }));
