import { Command, Option } from 'commander';
import type { Answer } from '../../answer/answer.js';
import { writeFigure } from '../../answer/figure/figure.js';
import { search } from '../../answer/search.js';
import type { SearchRequest } from '../../answer/search-engine.js';
import { assertReportable, writeStructuredReport } from '../../answer/structured-report/structured-report.js';
import { withBox } from '../../answer/with-box.js';
import { Archive } from '../../archive/archive.js';
import { namedVolume } from '../../retrieval/named-volume.js';
import { answerJson } from '../answer-json.js';
import { describeAnswer } from '../answer-text.js';
import { indexRange, millimetres, patientBox, wholeNumber } from '../arguments.js';
import { type DeviceOptions, deviceOption } from '../device-option.js';
import { irregularOption, seriesOption } from '../dicom-options.js';
import { addDicomWebOptions } from '../dicomweb-options.js';
import { fetchQuery, openServer, type ServerSearchOptions, storeReport } from '../server-search.js';
import { style } from '../style.js';

interface Options
  extends DeviceOptions,
    Omit<ServerSearchOptions, 'series' | 'irregular'>,
    Pick<
      SearchRequest,
      | 'series'
      | 'irregular'
      | 'by'
      | 'slice'
      | 'slices'
      | 'box'
      | 'mask'
      | 'labels'
      | 'label'
      | 'minVoxels'
      | 'modality'
      | 'candidates'
      | 'filter'
      | 'exclude'
    > {
  readonly crop?: number | true;
  readonly rank?: SearchRequest['ranking'];
  readonly k: number;
  readonly json?: true;
  readonly figure?: string;
}

const defaultCropMarginMm = 10;

export function searchCommand(): Command {
  const command = new Command('search')
    .description('Find the volumes of an archive that look like a scan, a slice of it, or a region of it.')
    .argument('<archive>', 'folder of the archive')
    .argument(
      '[query]',
      'a volume file, a DICOM file or folder, or the id of a volume in the archive; none with --dicomweb and --series',
    )
    .addOption(seriesOption())
    .addOption(irregularOption())
    .addOption(
      new Option('--by <what>', 'what is looked for (default: as the options say)').choices([
        'slice',
        'volume',
        'region',
      ]),
    )
    .option('--slice <k>', "one slice: its index along the file's own axis, from 0", wholeNumber)
    .option('--slices <a:b>', 'a range of slices, both ends inclusive', indexRange)
    .option(
      '--box <x0,x1,y0,y1,z0,z1>',
      'a box in mm, RAS+ (x to the right, y to the front, z to the head)',
      patientBox,
    )
    .option(
      '--mask <file>',
      'mask of the query: label numbers, a folder of binary masks, or DICOM SEG or RTSTRUCT',
    )
    .option('--labels <file>', 'JSON of label names for --mask (default: as the archive knows them)')
    .option('--label <name>', 'a structure of --mask; for an archived query also one of its own labels')
    .option(
      '--min-voxels <n>',
      'a slice has the structure with at least so many voxels (default: 1)',
      wholeNumber,
    )
    .option('--crop [mm]', 'look only at the region in plane, with a margin (default: 10 mm)', millimetres)
    .addOption(
      new Option('--modality <modality>', 'of a query file (default: told from the voxels)').choices([
        'CT',
        'MR',
      ]),
    )
    .addOption(
      new Option('--rank <method>', 'how volumes are ranked (default: late-interaction)').choices([
        'count',
        'max',
        'sum',
        'late-interaction',
      ]),
    )
    .option(
      '--candidates <n>',
      'volumes that late interaction scores; 0 is all of them, exactly (default: 0)',
      wholeNumber,
    )
    .option('-k <n>', 'number of hits', wholeNumber, 10)
    .option('--filter <sql>', 'only volumes for which this holds (fields: docs/archive.md)')
    .addOption(
      new Option(
        '--exclude <what>',
        'volumes to leave out (default: self for an id, none for a file)',
      ).choices(['none', 'self', 'same-patient']),
    )
    .addOption(deviceOption())
    .option('--json', 'print the answer as one JSON object (docs/search-json.md)')
    .option('--figure <file>', 'write a PNG of the query above the matched slices of the best hits')
    .option('--sr <file>', "write the answer as a DICOM structured report in the study of the query's series")
    .option('--store-sr', 'send the structured report to the server (STOW-RS)');
  return addDicomWebOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  voxseek search my-archive new-scan.nii.gz --figure answer.png\n  voxseek search my-archive study/ --series 1.2.840.113619.2.5 --json\n  voxseek search my-archive --dicomweb http://pacs:8042/dicom-web --series 1.2.840.113619.2.5 --sr answer.dcm\n  voxseek search my-archive s0012 --label liver --exclude same-patient\n  voxseek search my-archive scan.nii.gz --slices 40:52 --filter "modality = \'CT\'" --json',
    )
    .action(runSearch);
}

/** The query that is a file, a folder or an id; looked at here already where a report of it is wanted. */
async function localQuery(
  archive: Archive,
  named: string,
  { sr, series, irregular }: Pick<Options, 'sr' | 'series' | 'irregular'>,
): Promise<SearchRequest['query']> {
  if (sr === undefined) return named;
  const volume = await namedVolume(archive, {
    query: named,
    ...(series !== undefined && { series }),
    ...(irregular !== undefined && { irregular }),
  });
  assertReportable(volume);
  return 'revision' in volume ? { archived: volume.id } : volume;
}

async function runSearch(folder: string, named: string | undefined, options: Options): Promise<void> {
  const { crop, rank, figure, sr, storeSr, json, device, ...rest } = options;
  const server = await openServer(named, options);
  const archive = await Archive.open(folder);
  let answer: Answer;
  try {
    const request: SearchRequest = {
      ...rest,
      query:
        named === undefined
          ? await fetchQuery(server!, options.series!, options)
          : await localQuery(archive, named, options),
      ...(rank !== undefined && { ranking: rank }),
      ...(crop !== undefined && { cropMarginMm: crop === true ? defaultCropMarginMm : crop }),
    };
    answer = await search(archive, request, {
      ...(device !== undefined && {
        device,
        onWarning: (message) => void process.stderr.write(`${style('yellow', message, process.stderr)}\n`),
      }),
    });
    if (json) answer = await withBox(archive, request, answer);
  } finally {
    await archive.close();
  }
  for (const warning of answer.warnings)
    process.stderr.write(`${style('yellow', warning, process.stderr)}\n`);
  if (figure !== undefined) {
    await writeFigure(figure, answer);
    process.stderr.write(`Figure: ${figure}\n`);
  }
  if (sr !== undefined) {
    await writeStructuredReport(sr, answer);
    process.stderr.write(`Structured report: ${sr}\n`);
    if (storeSr) process.stderr.write(`Stored as ${await storeReport(server!, sr, answer)}\n`);
  }
  process.stdout.write(
    json ? `${JSON.stringify(answerJson(answer), null, 2)}\n` : `${describeAnswer(answer)}\n`,
  );
}
