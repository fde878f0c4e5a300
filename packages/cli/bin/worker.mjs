import { work } from '@omnitron-dev/cli';

await work(process.argv[2] ?? '');
