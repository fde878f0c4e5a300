import { defineNetronService } from '@omnitron-dev/aether/netron';
import type { IArticles, IUsers } from './contract.ts';

export const Users = defineNetronService<IUsers>({ name: 'users@^1.0.0' });
export const Articles = defineNetronService<IArticles>({ name: 'articles@^1.0.0' });
