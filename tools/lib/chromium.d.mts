import type { Browser, BrowserContextOptions, Page } from 'playwright';

export declare const patience: number;
export declare const launch: { readonly executablePath: string; readonly args: string[]; readonly timeout: number };
export declare function openTab(options?: BrowserContextOptions): Promise<{ readonly browser: Browser; readonly tab: Page }>;
