import { type Command, InvalidArgumentError } from 'commander';
import { DicomWebClient } from '../dicomweb/client.js';
import { readCredentials } from '../dicomweb/credentials.js';
import { VoxseekError } from '../errors.js';

/** Options of every command that talks to a DICOMweb server. */
export interface DicomWebOptions {
  readonly dicomweb?: string;
  readonly dicomwebUser?: string;
  readonly dicomwebPasswordFile?: string;
  readonly dicomwebTokenFile?: string;
  readonly dicomwebTimeout?: number;
}

export function addDicomWebOptions(command: Command): Command {
  return command
    .option('--dicomweb <url>', 'root of a DICOMweb service, such as http://host:8042/dicom-web')
    .option(
      '--dicomweb-user <name>',
      'user of the service; the password is in VOXSEEK_DICOMWEB_PASSWORD or in a file',
    )
    .option('--dicomweb-password-file <file>', 'file whose first line is the password')
    .option(
      '--dicomweb-token-file <file>',
      'file whose first line is a bearer token (default: VOXSEEK_DICOMWEB_TOKEN)',
    )
    .option(
      '--dicomweb-timeout <s>',
      'a connection without a byte for so many seconds counts as broken (default: 60)',
      seconds,
    );
}

/**
 * @returns undefined where no service is named.
 * @throws VoxseekError USAGE, FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function openDicomWeb(options: DicomWebOptions): Promise<DicomWebClient | undefined> {
  const { dicomweb, dicomwebUser, dicomwebPasswordFile, dicomwebTokenFile, dicomwebTimeout } = options;
  if (dicomweb === undefined) {
    const [lonely] = Object.keys(options).filter((name) => /^dicomweb./.test(name));
    if (lonely === undefined) return undefined;
    throw new VoxseekError('USAGE', 'options of a DICOMweb service are given, but no service', {
      subject: `--${lonely.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      advice: 'Name the service with --dicomweb.',
    });
  }
  const credentials = await readCredentials({
    ...(dicomwebUser !== undefined && { user: dicomwebUser }),
    ...(dicomwebPasswordFile !== undefined && { passwordFile: dicomwebPasswordFile }),
    ...(dicomwebTokenFile !== undefined && { tokenFile: dicomwebTokenFile }),
  });
  return new DicomWebClient(dicomweb, {
    credentials,
    ...(dicomwebTimeout !== undefined && { idleMs: dicomwebTimeout * 1000 }),
  });
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number of seconds, larger than 0.');
}

export function minutes(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number of minutes, larger than 0.');
}
