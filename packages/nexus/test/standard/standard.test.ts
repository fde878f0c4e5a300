import { Injectable, inject, lazy, Module } from '../../src/index.js';
import { testContainer } from '../contract/container.js';
import { testDecorators, URL_TOKEN } from '../contract/decorators.js';
import { testOwnership } from '../contract/ownership.js';

@Injectable({ scope: 'request' })
class Session {}

@Injectable({ scope: 'request' })
class Service {
  readonly url = inject(URL_TOKEN);
  readonly session = inject(lazy(() => Session));
}

@Injectable({ providedIn: 'root' })
class Rooted {}

@Injectable({ scope: 'transient' })
class Fleeting {
  static inject = [Rooted] as const;
  constructor(readonly rooted: Rooted) {}
}

@Module({ providers: [{ provide: URL_TOKEN, useValue: 'https://example' }, Session], exports: [URL_TOKEN, Session] })
class NetModule {}

@Module({ imports: [NetModule], providers: [Service, Fleeting] })
class AppModule {}

testDecorators('standard dialect', { AppModule, Service, Session, Rooted, Fleeting: Fleeting as never });
testContainer('standard dialect');
testOwnership('standard dialect');
