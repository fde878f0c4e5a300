import { Module, type ModuleWithProviders } from '@omnitron-dev/nexus';
import { backendsOf } from './backends.js';
import { BACKEND_CONFIG } from './tokens.js';
import type { NetronModuleConfig } from './types.js';

/** Module of the Netron layer. A root module with `backends` needs no `forRoot`. */
// biome-ignore lint/complexity/noStaticOnlyClass: a module is a class
export class NetronModule {
  /**
   * Configures the backends of the application, for all its modules.
   *
   * ```ts
   * @Module({ imports: [NetronModule.forRoot({ baseUrl: 'https://api.example.com' })] })
   * ```
   *
   * @throws TypeError for two backends of one name, for one without an address, and for an unknown option
   * @throws AetherError `unknown_backend` when the default is not among them
   */
  static forRoot(config: NetronModuleConfig): ModuleWithProviders {
    backendsOf(config);
    return { module: NetronModule, providers: [{ provide: BACKEND_CONFIG, useValue: config }], global: true };
  }

  /** For modules below the root: they use the backends of the root. */
  static forFeature(): ModuleWithProviders {
    return { module: NetronModule };
  }
}

Module()(NetronModule);
