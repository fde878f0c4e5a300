import { work } from '@omnitron-dev/cli';

const [file = '', topology = ''] = process.argv.slice(2);
await work(file, topology);
