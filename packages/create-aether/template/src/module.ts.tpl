import { defineModule } from '@omnitron-dev/aether';

/** The module of the page, with the address of its services. */
export const appModule = (address: string) => defineModule({ id: 'app', backends: { main: address } });
