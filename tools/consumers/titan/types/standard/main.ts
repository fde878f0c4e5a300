import {
  Authenticated,
  ConfigModule,
  createApp,
  defineContract,
  Logger,
  LoggerModule,
  NetronConfigSchema,
  Public,
  TitanError,
  TitanService,
} from '@omnitron-dev/titan';

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

/** A schema without a library. */
const text = {
  '~standard': {
    version: 1,
    vendor: 'sample',
    validate: (value: unknown) => (typeof value === 'string' ? { value } : { issues: [{ message: 'expected text' }] }),
  },
} as {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => { readonly value: string } | { readonly issues: readonly { readonly message: string }[] };
    readonly types?: { readonly input: string; readonly output: string };
  };
};
const greeter = defineContract({ name: 'greeter', contract: { greet: { input: text, output: text } } });

@TitanService(greeter)
@Authenticated()
class Greeter {
  @Public({ cache: { ttl: 60 } })
  greet(name: string) {
    return `Hello, ${name}`;
  }
}

class Wrong {
  greet(name: number) {
    return String(name);
  }
}
// @ts-expect-error greet gets text, but takes a number
TitanService(greeter)(Wrong);

const app = createApp({ config: { netron: { port: 0 } } });
app.service(Greeter);
const greeting: Promise<string> = app.connectToService(greeter).greet('Ada');

export { greeting };
