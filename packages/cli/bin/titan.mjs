#!/usr/bin/env node
import { main } from '@omnitron-dev/cli';

process.exitCode = await main(process.argv.slice(2));
