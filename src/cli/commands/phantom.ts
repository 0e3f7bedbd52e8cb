import { Command } from 'commander';
import { type PhantomDataset, writePhantomDataset } from '../../phantom/dataset.js';
import { wholeNumber } from '../arguments.js';
import { onInterruption } from '../interruption.js';
import { Progress } from '../progress.js';

interface Options {
  readonly volumes: number;
  readonly seed: number;
  readonly json?: true;
}

export function phantomCommand(): Command {
  return new Command('phantom')
    .description('Make digital phantoms: CT volumes with 104 labels in the layout of TotalSegmentator.')
    .argument('<out>', 'folder to make; it must be new or empty')
    .option('--volumes <n>', 'how many', wholeNumber, 12)
    .option('--seed <s>', 'whole number that decides everything', wholeNumber, 1)
    .option('--json', 'print {"folder", "volumes": [{id, fieldOfView, split, image}]}')
    .addHelpText('after', '\nExample:\n  voxseek phantom phantoms --volumes 24 --seed 7')
    .action(async (out: string, { volumes, seed, json }: Options) => {
      const dataset = await makePhantoms(out, volumes, seed);
      process.stdout.write(
        json
          ? `${JSON.stringify(dataset, null, 2)}\n`
          : `${dataset.volumes.length} phantoms in ${dataset.folder}; ingest them with: voxseek ingest ARCHIVE ${out}\n`,
      );
    });
}

/** Makes a data set of phantoms, with progress on stderr; Ctrl-C stops between two of them. */
export async function makePhantoms(out: string, volumes: number, seed: number): Promise<PhantomDataset> {
  const progress = new Progress('Making phantoms', volumes, 'phantoms');
  const interruption = onInterruption((line) => progress.say(line));
  try {
    return await writePhantomDataset(out, {
      volumes,
      seed,
      signal: interruption.signal,
      onProgress: (done, total, phantom) =>
        progress.step(done, total, 1, `${phantom.id} ${phantom.fieldOfView}`),
    });
  } finally {
    progress.end();
    interruption.dispose();
  }
}
