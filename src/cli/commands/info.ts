import { Command } from 'commander';
import { Archive } from '../../archive/archive.js';
import type { VolumeRecord } from '../../archive/records.js';
import { style } from '../style.js';
import { formatTable } from '../table.js';

export function infoCommand(): Command {
  return new Command('info')
    .description('Say what an archive holds.')
    .argument('<archive>', 'folder of the archive')
    .option('--json', 'print the manifest and every volume, without embeddings')
    .addHelpText('after', '\nExample:\n  voxseek info my-archive')
    .action(async (folder: string, { json }: { json?: true }) => {
      const archive = await Archive.open(folder);
      try {
        const volumes = await archive.volumes();
        if (json) {
          const { manifest } = archive;
          const slices = volumes.reduce((sum, volume) => sum + volume.sliceCount, 0);
          const visible = volumes.map(({ revision: _, ...volume }) => volume);
          const facts = {
            archive: archive.folder,
            manifest,
            volumeCount: volumes.length,
            sliceCount: slices,
          };
          process.stdout.write(`${JSON.stringify({ ...facts, volumes: visible }, null, 2)}\n`);
        } else {
          process.stdout.write(`${describe(archive, volumes)}\n`);
        }
      } finally {
        await archive.close();
      }
    });
}

interface Group {
  readonly name: string;
  readonly volumes: number;
  readonly slices: number;
}

function describe({ folder, manifest }: Archive, volumes: readonly VolumeRecord[]): string {
  const { encoder, slicing, createdWith } = manifest;
  const total = group('', volumes);
  const every = slicing.everyMm === null ? 'every slice' : `one slice about every ${slicing.everyMm} mm`;
  const air = volumes.reduce((sum, volume) => sum + volume.airSlices, 0);
  const patients = new Set(volumes.map((volume) => volume.patient).filter((patient) => patient !== null));
  const facts: [string, string][] = [
    ['volumes', `${total.volumes}${patients.size > 0 ? ` of ${patients.size} patients` : ''}`],
    ['slices', `${total.slices} (${slicing.plane}, ${every}; ${air} of air left out)`],
    [
      'encoder',
      `${encoder.name}, ${encoder.dimension} dimensions, weights ${encoder.weightsHash.slice(0, 12)}`,
    ],
    ...dicomFacts(volumes),
    ['made with', `voxseek ${createdWith}`],
  ];
  const head = [style('bold', folder), ...facts.map(([name, value]) => `  ${name.padEnd(10)} ${value}`)];
  const columns = [
    { title: 'MODALITY, REGION', value: (g: Group) => g.name },
    { title: 'VOLUMES', value: (g: Group) => String(g.volumes), align: 'right' as const },
    { title: 'SLICES', value: (g: Group) => String(g.slices), align: 'right' as const },
  ];
  const kind = (v: VolumeRecord) => `${v.modality}, ${v.region ?? '(no region stated)'}`;
  const groups = [...new Set(volumes.map(kind))].sort().map((name) =>
    group(
      name,
      volumes.filter((volume) => kind(volume) === name),
    ),
  );
  return [...head, ...(groups.length > 0 ? ['', formatTable(columns, groups)] : [])].join('\n');
}

/** Nothing where no volume is DICOM. */
function dicomFacts(volumes: readonly VolumeRecord[]): [string, string][] {
  const origins = volumes.map(({ dicom }) => dicom).filter((dicom) => dicom !== null);
  if (origins.length === 0) return [];
  const series = new Set(origins.map(({ seriesUid }) => seriesUid)).size;
  const studies = new Set(origins.map(({ studyUid }) => studyUid)).size;
  const corrected = origins.filter(({ geometry }) => geometry !== null).length;
  const text = `${origins.length} volumes of ${series} series in ${studies} studies`;
  return [['DICOM', corrected === 0 ? text : `${text}; the geometry of ${corrected} was corrected`]];
}

function group(name: string, volumes: readonly VolumeRecord[]): Group {
  return {
    name,
    volumes: volumes.length,
    slices: volumes.reduce((sum, volume) => sum + volume.sliceCount, 0),
  };
}
