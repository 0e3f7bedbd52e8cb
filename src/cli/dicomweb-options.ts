import { type Command, InvalidArgumentError } from 'commander';
import { DicomWebClient } from '../dicomweb/client.js';
import { readCredentials } from '../dicomweb/credentials.js';
import { rememberCredentials } from '../dicomweb/known-services.js';
import { VoxseekError } from '../errors.js';
import { style } from './style.js';

/** Options of every command that talks to a DICOMweb server. */
export interface DicomWebOptions {
  readonly dicomweb?: string;
  readonly dicomwebUser?: string;
  readonly dicomwebPasswordFile?: string;
  readonly dicomwebTokenFile?: string;
  readonly dicomwebTimeout?: number;
}

/** Options of an ingest from a server. */
export interface ServerIngestOptions extends DicomWebOptions {
  readonly query?: string;
  readonly watch?: number;
  readonly parallel?: number;
}

export function addServerIngestOptions(command: Command): Command {
  return command
    .option('--query <query>', 'which studies of the server, as QIDO-RS has it (default: all)')
    .option('--watch <minutes>', 'look for what is new every so many minutes, until it is stopped', minutes)
    .option('--parallel <n>', 'series fetched from the server at the same time (default: 4)', transfers);
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
  if (dicomweb === undefined) return undefined;
  const credentials = await readCredentials({
    ...(dicomwebUser !== undefined && { user: dicomwebUser }),
    ...(dicomwebPasswordFile !== undefined && { passwordFile: dicomwebPasswordFile }),
    ...(dicomwebTokenFile !== undefined && { tokenFile: dicomwebTokenFile }),
  });
  const client = new DicomWebClient(dicomweb, {
    credentials,
    ...(dicomwebTimeout !== undefined && { idleMs: dicomwebTimeout * 1000 }),
  });
  if (credentials.kind !== 'none' && !isPrivate(client.root)) {
    process.stderr.write(`${style('yellow', unencrypted, process.stderr)}\n`);
  }
  // Figures and crops fetch archived volumes again.
  rememberCredentials(client.root, credentials);
  return client;
}

const unencrypted =
  'The credentials and all images go over the network unencrypted: use https where the server has it.';

/** Whether nobody on the way can read what is sent. */
function isPrivate(root: string): boolean {
  const { protocol, hostname } = new URL(root);
  return protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** @throws VoxseekError USAGE where an option is given that means nothing without a server */
export function assertServerNamed(options: ServerIngestOptions): void {
  const names = [
    'dicomwebUser',
    'dicomwebPasswordFile',
    'dicomwebTokenFile',
    'dicomwebTimeout',
    'query',
    'watch',
    'parallel',
  ] as const;
  const lonely = names.find((name) => options[name] !== undefined);
  if (lonely === undefined) return;
  throw new VoxseekError('USAGE', 'this is for a DICOMweb server, but none is named', {
    subject: `--${lonely.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    advice: 'Name it with --dicomweb.',
  });
}

/** Node itself waits no longer for an answer to begin. */
const mostSeconds = 300;

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= mostSeconds) return value;
  throw new InvalidArgumentError(`It must be a number of seconds, larger than 0 and at most ${mostSeconds}.`);
}

function minutes(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number of minutes, larger than 0.');
}

function transfers(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 99.');
}
