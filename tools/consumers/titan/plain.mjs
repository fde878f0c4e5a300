import { ConfigModule, LoggerModule, NetronConfigSchema } from '@omnitron-dev/titan';

const config = new ConfigModule();
await config.loadWithSchema({
  schema: NetronConfigSchema,
  sources: [
    { type: 'object', value: { id: 'node' } },
    { type: 'env', prefix: 'NETRON_', env: { NETRON_PORT: '9000' } },
  ],
});
const lines = [];
const logger = new LoggerModule({ destination: { write: (line) => lines.push(JSON.parse(line)) } });
logger.info({ port: config.get('netron.port') }, 'configured');
await logger.flush();

const [{ port, msg }] = lines;
if (port !== 9000 || msg !== 'configured') throw new Error(`got ${port} and ${msg}`);
console.log('ok');
