import { Command, Option } from 'commander';
import { type EncodingOptions, openForIngest } from '../../archive/archive-encoder.js';
import { type IngestOptions, type IngestReport, ingest } from '../../archive/ingest.js';
import { type Dtype, dtypes } from '../../encoder/transformers-folder.js';
import { parseWindows } from '../../encoder/window.js';
import { VoxseekError } from '../../errors.js';
import type { Modality, Plane } from '../../volume/volume.js';
import type { VolumeEntry } from '../../volume/volume-entry.js';
import { millimetres } from '../arguments.js';
import { type DeviceOptions, deviceOption } from '../device-option.js';
import { type DicomSeriesOptions, irregularOption, seriesOption } from '../dicom-options.js';
import {
  addDicomWebOptions,
  addServerIngestOptions,
  assertServerNamed,
  openDicomWeb,
  type ServerIngestOptions,
} from '../dicomweb-options.js';
import { findInputs } from '../find-inputs.js';
import { throwUnlessComplete } from '../ingest-completeness.js';
import { ingestJson } from '../ingest-json.js';
import { ingestServer } from '../ingest-server.js';
import { describeIngest } from '../ingest-text.js';
import { onInterruption } from '../interruption.js';
import { Progress } from '../progress.js';
import { style } from '../style.js';

interface Options extends DicomSeriesOptions, ServerIngestOptions, DeviceOptions {
  readonly encoder?: string;
  readonly encoderConfig?: string;
  readonly window?: string;
  readonly dtype?: Dtype;
  readonly every?: number;
  readonly plane?: Plane;
  readonly split?: string;
  readonly modality?: Modality;
  readonly keepIdentifiers?: true;
  readonly patientKey?: string;
  readonly paths: boolean;
  readonly json?: true;
}

export function ingestCommand(): Command {
  const command = new Command('ingest')
    .description(
      'Add volumes to an archive, which is made if it is not there. What is in it already is skipped, so an interrupted run goes on where it stopped.',
    )
    .argument('<archive>', 'folder of the archive')
    .argument(
      '[input...]',
      'volume files (.nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd), DICOM, folders of them, TotalSegmentator folders, cohort CSVs; none with --dicomweb',
    )
    .option(
      '--encoder <name|path>',
      'built-in encoder, or path of an ONNX model (default: that of the archive)',
    )
    .option('--encoder-config <file>', 'JSON that describes an ONNX model, instead of the one beside it')
    .option('--window <window>', 'CT window of an ONNX model: a name, LOW:HIGH in HU, or three with commas')
    .addOption(new Option('--dtype <dtype>', 'precision of an ONNX model in a folder').choices(dtypes))
    .addOption(deviceOption())
    .option('--every <mm>', 'take one slice for about every so many mm (default: every slice)', millimetres)
    .addOption(
      new Option('--plane <plane>', 'how slices lie (default: axial)').choices([
        'axial',
        'coronal',
        'sagittal',
      ]),
    )
    .option('--split <name>', 'take only volumes of this split; those that state none are given it')
    .addOption(
      new Option(
        '--modality <modality>',
        'of volumes that state none (default: told from the voxels)',
      ).choices(['CT', 'MR']),
    )
    .addOption(seriesOption())
    .addOption(irregularOption())
    .option('--keep-identifiers', 'store PatientIDs of DICOM as they are (default: a keyed hash of them)')
    .option(
      '--patient-key <file>',
      'the key of that hash, to share between archives (default: made in the archive)',
    )
    .option('--no-paths', 'do not store where the scans are: they can be found, but not shown or cropped')
    .option('--json', 'print the report as one JSON object (docs/ingest-json.md)');
  return addServerIngestOptions(addDicomWebOptions(command))
    .addHelpText(
      'after',
      "\nExamples:\n  voxseek ingest my-archive cohort.csv\n  voxseek ingest my-archive Totalsegmentator_dataset/ --split train\n  voxseek ingest my-archive scans/ --encoder dinov2.onnx --every 3\n  voxseek ingest my-archive /media/cdrom\n  voxseek ingest my-archive --dicomweb http://pacs:8042/dicom-web --query 'ModalitiesInStudy=CT&StudyDate=20240101-'",
    )
    .action(runIngest);
}

async function runIngest(folder: string, inputs: string[], options: Options): Promise<void> {
  if (options.keepIdentifiers && options.patientKey !== undefined) {
    throw new VoxseekError('USAGE', 'identifiers that are kept need no key', {
      subject: options.patientKey,
      advice: 'Give either --keep-identifiers or --patient-key.',
    });
  }
  const client = await openDicomWeb(options);
  if (client === undefined) {
    assertServerNamed(options);
    return ingestFiles(folder, inputs, options);
  }
  if (inputs.length > 0) {
    throw new VoxseekError('USAGE', 'a server and other inputs cannot be combined', {
      subject: inputs.join(', '),
      advice: 'Ingest them one after the other, into the same archive.',
    });
  }
  return ingestServer(folder, client, options, encodingOptions(options), ingestOptions(options));
}

async function ingestFiles(folder: string, inputs: string[], options: Options): Promise<void> {
  if (inputs.length === 0) {
    throw new VoxseekError('USAGE', 'nothing to ingest is named', {
      subject: folder,
      advice: 'Name files or folders, or a server with --dicomweb.',
    });
  }
  const { entries: found, leftOut } = await findInputs(inputs, options);
  const entries = found.filter(isOfSplit(options.split));
  if (entries.length === 0) {
    throw new VoxseekError('INPUT_EMPTY', `no volume is of the split "${options.split}"`, {
      subject: inputs.join(', '),
    });
  }
  const { archive, encoder } = await openForIngest(folder, encodingOptions(options));
  const progress = new Progress('Ingesting', entries.length, 'slices');
  const interruption = onInterruption((line) => progress.say(line));
  let report: IngestReport;
  try {
    report = await ingest(archive, encoder, entries, {
      ...ingestOptions(options),
      signal: interruption.signal,
      onProgress: ({ id, outcome, done, total, slices, detail }) => {
        if (outcome === 'failed') progress.say(`${style('red', 'failed', process.stderr)} ${id}: ${detail}`);
        progress.step(done, total, slices, id);
      },
    });
  } finally {
    progress.end();
    interruption.dispose();
    await archive.close();
    await encoder.close();
  }
  process.stdout.write(
    options.json
      ? `${JSON.stringify(ingestJson(report, leftOut, encoder), null, 2)}\n`
      : `${describeIngest(folder, report, leftOut)}\n`,
  );
  throwUnlessComplete(folder, report);
}

function encodingOptions(options: Options): EncodingOptions {
  return {
    ...(options.encoder !== undefined && { encoder: options.encoder }),
    ...(options.encoderConfig !== undefined && { configFile: options.encoderConfig }),
    ...(options.window !== undefined && { windows: parseWindows(options.window) }),
    ...(options.dtype !== undefined && { dtype: options.dtype }),
    ...(options.device !== undefined && { device: options.device }),
    ...(options.plane !== undefined && { plane: options.plane }),
    ...(options.every !== undefined && { everyMm: options.every }),
    onWarning: (message) => void process.stderr.write(`${style('yellow', message, process.stderr)}\n`),
  };
}

function ingestOptions(options: Options): IngestOptions {
  return {
    ...(options.split !== undefined && { split: options.split }),
    ...(options.modality !== undefined && { modality: options.modality }),
    ...(options.patientKey !== undefined && { patientKeyFile: options.patientKey }),
    keepIdentifiers: options.keepIdentifiers ?? false,
    keepPaths: options.paths,
  };
}

function isOfSplit(split: string | undefined): (entry: VolumeEntry) => boolean {
  return (entry) => split === undefined || entry.split === undefined || entry.split === split;
}
