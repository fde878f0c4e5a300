#!/usr/bin/env node
import { create } from 'create-titan';

process.exitCode = await create(process.argv.slice(2));
