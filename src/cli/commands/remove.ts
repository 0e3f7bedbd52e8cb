import { Command } from 'commander';
import { Archive } from '../../archive/archive.js';
import { VoxseekError } from '../../errors.js';

export function removeCommand(): Command {
  return new Command('remove')
    .description('Remove volumes from an archive. The scans themselves are not touched.')
    .argument('<archive>', 'folder of the archive')
    .argument('<id...>', 'ids of the volumes')
    .option('--json', 'print {"removed": N}')
    .addHelpText('after', '\nExample:\n  voxseek remove my-archive s0012 s0040')
    .action(async (folder: string, ids: string[], { json }: { json?: true }) => {
      const archive = await Archive.open(folder);
      try {
        const known = new Set((await archive.volumes()).map((volume) => volume.id));
        const unknown = ids.filter((id) => !known.has(id));
        if (unknown.length > 0) {
          const names = unknown.map((id) => `"${id}"`).join(', ');
          throw new VoxseekError('VOLUME_UNKNOWN', `there is no volume ${names}; nothing was removed`, {
            subject: folder,
          });
        }
        const removed = await archive.remove([...new Set(ids)]);
        await archive.compact();
        process.stdout.write(
          json ? `${JSON.stringify({ removed })}\n` : `Removed ${removed} of ${known.size} volumes.\n`,
        );
      } finally {
        await archive.close();
      }
    });
}
