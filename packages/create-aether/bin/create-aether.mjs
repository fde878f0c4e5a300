#!/usr/bin/env node
import { create } from '@omnitron-dev/create-aether';

process.exitCode = create(process.argv.slice(2));
