import { createContainer, createToken, Injectable, inject, type Lazy, lazy, Module } from '../../src/index.js';

const NAME = createToken<string>('name');

@Injectable({ scope: 'request' })
class Session {
  readonly name = inject(NAME);
}

@Injectable()
class Settings {
  readonly secure = true;
}

@Injectable()
class Named {
  readonly settings = inject(Settings);
  readonly name = inject(NAME);
  readonly later = inject(() => Later);
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

/** What the compiled program says about itself. */
export function run() {
  const scope = createContainer(AppModule).createScope();
  const named = scope.get(Named);
  return {
    named: [named.settings.secure, named.name, named.later instanceof Later],
    listed: scope.get(Listed).session().name,
    clean: !('metadata' in Reflect),
  };
}
