import type { ChildProcess } from 'node:child_process';

export declare function endWithUs(server: ChildProcess): void;
