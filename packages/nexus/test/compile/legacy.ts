import {
  createContainer,
  createToken,
  Inject,
  Injectable,
  inject,
  type Lazy,
  lazy,
  Module,
  NexusError,
} from '../../src/index.js';

const NAME = createToken<string>('name');

@Injectable({ scope: 'request' })
class Session {
  readonly name = inject(NAME);
}

@Injectable()
class Settings {
  readonly secure = true;
}

/** Needs emitted types. */
@Injectable()
class Typed {
  constructor(readonly settings: Settings) {}
}

@Injectable()
class Named {
  constructor(
    @Inject(Settings) readonly settings: Settings,
    @Inject(NAME) readonly name: string,
    @Inject(() => Later) readonly later: object,
  ) {}
}

class Later {}

@Injectable({ scope: 'request' })
class Listed {
  static inject = [Settings, lazy(() => Session)] as const;
  constructor(
    readonly settings: Settings,
    readonly session: Lazy<Session>,
  ) {}
}

@Module({
  providers: [{ provide: NAME, useValue: 'neo' }, Session, Settings, Named, Later, Listed],
  exports: [NAME, Named, Listed],
})
class AppModule {}

function typed(): string {
  try {
    return String(createContainer([Typed, Settings]).get(Typed).settings.secure);
  } catch (error) {
    return error instanceof NexusError ? error.message : String(error);
  }
}

/** What the compiled program says about itself. */
export function run() {
  const scope = createContainer(AppModule).createScope();
  const named = scope.get(Named);
  return {
    named: [named.settings.secure, named.name, named.later instanceof Later],
    listed: scope.get(Listed).session().name,
    typed: typed(),
    clean: !('metadata' in Reflect),
  };
}
