#!/usr/bin/env node
import { CommanderError } from 'commander';
import { errorTable, VoxseekError } from '../errors.js';
import { createProgram } from './program.js';
import { reportError } from './report-error.js';

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its message; help and version are no errors.
    process.exitCode = error.exitCode === 0 ? 0 : errorTable.USAGE.exitCode;
  } else {
    reportError(error, process.argv.includes('--json'));
    process.exitCode = error instanceof VoxseekError ? error.exitCode : errorTable.INTERNAL.exitCode;
  }
}
