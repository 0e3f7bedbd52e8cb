import { Command } from 'commander';
import { version } from '../version.js';
import { benchCommand } from './commands/bench.js';
import { demoCommand } from './commands/demo.js';
import { encodersCommand } from './commands/encoders.js';
import { infoCommand } from './commands/info.js';
import { ingestCommand } from './commands/ingest.js';
import { phantomCommand } from './commands/phantom.js';
import { removeCommand } from './commands/remove.js';
import { searchCommand } from './commands/search.js';
import { serveCommand } from './commands/serve.js';

/** The `voxseek` command. */
export function createProgram(): Command {
  const program = new Command('voxseek')
    .description('Find radiology volumes (CT, MR) by what they look like, and see which slices matched.')
    .version(version)
    .showHelpAfterError('(see --help)')
    .exitOverride();
  const commands = [
    demoCommand(),
    phantomCommand(),
    ingestCommand(),
    searchCommand(),
    serveCommand(),
    infoCommand(),
    removeCommand(),
    encodersCommand(),
    benchCommand(),
  ];
  for (const command of commands) program.addCommand(command.copyInheritedSettings(program));
  return program.addHelpText(
    'after',
    '\nExample:\n  voxseek ingest my-archive scans/\n  voxseek search my-archive new-scan.nii.gz --figure answer.png\n\nExit codes and errors: docs/errors.md',
  );
}
