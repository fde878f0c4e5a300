import { ConfigModule, Logger, LoggerModule, NetronConfigSchema, TitanError } from '@omnitron-dev/titan';

const config = await new ConfigModule().loadWithSchema({
  schema: NetronConfigSchema,
  sources: [{ type: 'env', prefix: 'NETRON_' }],
});
const port: number | undefined = config.get('port');
// @ts-expect-error there is no such key
config.get('prot');
const logger: Logger = new LoggerModule({ level: 'info' });
logger.info({ port }, 'configured');
const known: boolean = TitanError.is(new Error('no'));

export { known };
