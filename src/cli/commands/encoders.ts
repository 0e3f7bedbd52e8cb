import { Command } from 'commander';
import { defaultEncoder, listEncoders } from '../../encoder/catalog.js';
import { formatTable } from '../table.js';
import { quantizeEncoderCommand } from './quantize-encoder.js';

const states = { ready: 'ready', download: 'downloaded on first use', export: 'to be exported' } as const;

export function encodersCommand(): Command {
  const command = new Command('encoders')
    .description('List the encoders that have a name; any ONNX model can be used besides (docs/encoders.md).')
    .option('--json', 'print {"encoders": [{name, kind, dimension, description, state, licence, isDefault}]}')
    .addHelpText(
      'after',
      '\nExamples:\n  voxseek encoders\n  voxseek encoders quantize vit.onnx vit-q8.onnx --calibrate my-archive',
    )
    .action(({ json }: { json?: true }) => {
      const encoders = listEncoders().map((listing) => ({
        ...listing,
        isDefault: listing.name === defaultEncoder,
      }));
      if (json) {
        process.stdout.write(`${JSON.stringify({ encoders }, null, 2)}\n`);
        return;
      }
      const columns = [
        {
          title: 'NAME',
          value: (e: (typeof encoders)[number]) => (e.isDefault ? `${e.name} (default)` : e.name),
        },
        {
          title: 'DIMENSION',
          value: (e: (typeof encoders)[number]) => String(e.dimension ?? '?'),
          align: 'right' as const,
        },
        { title: 'STATE', value: (e: (typeof encoders)[number]) => states[e.state] },
        { title: 'DESCRIPTION', value: (e: (typeof encoders)[number]) => e.description },
      ];
      process.stdout.write(`${formatTable(columns, encoders)}\n\n`);
      process.stdout.write(
        'To be exported: docs/paper-encoders.md says how. Licences of the weights: --json.\n' +
          'Your own: --encoder PATH, an .onnx file or a folder in the layout of transformers.js.\n',
      );
    });
  // Its settings come from the program, which this command is not part of yet.
  return command.addCommand(quantizeEncoderCommand().exitOverride().showHelpAfterError('(see --help)'));
}
