import { VoxseekError } from '../errors.js';

/** UIDs (PS3.5, section 9.1), without a limit to their length: some systems write longer ones than it allows. */
const uidPattern = /^\d+(?:\.\d+)*$/;

/**
 * The root of a DICOMweb service as it is stored and shown: no credentials, no slash at its end.
 *
 * @throws VoxseekError USAGE where it is no http(s) address, or has credentials or a query in it; these are not
 *   repeated in the message
 */
export function serviceRoot(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw usage('this is no address');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw usage('this is no http or https address');
  if (url.username !== '' || url.password !== '') {
    throw new VoxseekError('USAGE', 'the address has a user or password in it', {
      subject: 'dicomweb',
      advice:
        'Everybody who lists processes sees it there. docs/dicomweb.md says where credentials are given.',
    });
  }
  if (url.search !== '' || url.hash !== '') {
    throw new VoxseekError('USAGE', 'the address has a query or a fragment', {
      subject: 'dicomweb',
      advice: 'Give the root of the service alone, and what is looked for with --query.',
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function usage(reason: string): VoxseekError {
  return new VoxseekError('USAGE', reason, {
    subject: 'dicomweb',
    advice: 'Give the root of the DICOMweb service, for example http://host:8042/dicom-web.',
  });
}

/** Where a series is: what an archive stores as the place of its image. */
export interface SeriesAddress {
  readonly root: string;
  readonly study: string;
  readonly series: string;
}

/** The address of a series (PS3.18, section 10.4): ROOT/studies/STUDY/series/SERIES. */
export function seriesUrl({ root, study, series }: SeriesAddress): string {
  return `${root}/studies/${study}/series/${series}`;
}

/** @returns undefined where the text is no address that {@link seriesUrl} makes. */
export function parseSeriesUrl(text: string): SeriesAddress | undefined {
  const match = /^(https?:\/\/[^?#]+)\/studies\/(\d+(?:\.\d+)*)\/series\/(\d+(?:\.\d+)*)$/.exec(text);
  return match === null ? undefined : { root: match[1]!, study: match[2]!, series: match[3]! };
}

/** UIDs become parts of addresses, so that what a server sends in their place must not. */
export function isUid(text: unknown): text is string {
  return typeof text === 'string' && uidPattern.test(text);
}
