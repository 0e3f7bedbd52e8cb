import { Command } from 'commander';
import { defaultEncoder, listEncoders } from '../../encoder/catalog.js';
import { formatTable } from '../table.js';

const states = { ready: 'ready', download: 'downloaded on first use', export: 'to be exported' } as const;

export function encodersCommand(): Command {
  return new Command('encoders')
    .description('List the encoders that have a name; any ONNX model can be used besides (docs/encoders.md).')
    .option('--json', 'print {"encoders": [{name, kind, dimension, description, state, licence, isDefault}]}')
    .addHelpText('after', '\nExample:\n  voxseek encoders')
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
}
