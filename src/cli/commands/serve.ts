import { Command, Option } from 'commander';
import { defaultHost, defaultPort } from '../../server/default-address.js';
import { gibibytes, portNumber, wholeNumber } from '../arguments.js';
import { serveUntilInterrupted } from '../serve-until-interrupted.js';

interface Options {
  readonly port: number;
  readonly host: string;
  readonly token?: string;
  readonly open: 'yes' | 'no';
  readonly cache?: string;
  readonly reports?: string;
  readonly thumbnails: 'ahead' | 'asked';
  readonly patientKey?: string;
  readonly maxUpload?: number;
  readonly maxFiles?: number;
  readonly viewer?: string;
  readonly verbose?: true;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('Serve an archive: the viewer for people, the HTTP API for programs (docs/api.md).')
    .argument('<archive>', 'folder of the archive')
    .option('--port <number>', 'port to listen at; 0 is any free one', portNumber, defaultPort)
    .option('--host <address>', 'address to listen at; beyond this machine only with --token', defaultHost)
    .option('--token <file>', 'file whose first line clients have to send as Bearer token')
    .addOption(
      new Option('--open <yes|no>', 'open the viewer in the browser').choices(['yes', 'no']).default('no'),
    )
    .option(
      '--cache <dir>',
      'folder for pictures, reduced volumes and uploads (default: the cache of this user)',
    )
    .addOption(
      new Option('--thumbnails <when>', 'make the small pictures of volumes when nobody waits, or when asked')
        .choices(['ahead', 'asked'])
        .default('ahead'),
    )
    .option('--reports <dir>', 'results of `voxseek bench`, or a folder of such (default: <archive>.reports)')
    .option('--patient-key <file>', 'the key of the archive, where it was ingested with --patient-key')
    .option(
      '--max-upload <GiB>',
      'what one upload may hold; twice as much when it is decompressed (default: 2)',
      gibibytes,
    )
    .option('--max-files <number>', 'files that one upload may hold (default: 4096)', wholeNumber)
    .option('--verbose', 'write a line for every request to stderr')
    .addOption(new Option('--viewer <dir>', 'another build of the viewer').hideHelp())
    .addHelpText('after', '\nExample:\n  voxseek serve my-archive --open yes')
    .action(
      async (
        archive: string,
        { open, token, thumbnails, patientKey, maxUpload, maxFiles, ...options }: Options,
      ) => {
        await serveUntilInterrupted(
          archive,
          {
            ...options,
            thumbnailsAhead: thumbnails === 'ahead',
            ...(token !== undefined && { tokenFile: token }),
            ...(patientKey !== undefined && { patientKeyFile: patientKey }),
            limits: {
              uploads: {
                ...(maxUpload !== undefined && { bytes: maxUpload, decompressedBytes: 2 * maxUpload }),
                ...(maxFiles !== undefined && { files: maxFiles }),
              },
            },
          },
          open === 'yes',
        );
      },
    );
}
