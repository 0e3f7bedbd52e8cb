/**
 * The one table of everything that can go wrong in a way a user can act on. Codes are stable; `docs/errors.md`
 * is checked against this table by a test. Exit codes follow sysexits(3) of BSD where it has a fitting one.
 */
export interface ErrorDefinition {
  /** Exit code of the command. */
  readonly exitCode: number;
  /** Status that the HTTP API answers with. */
  readonly httpStatus: number;
  /** What the code means, one sentence. */
  readonly meaning: string;
  /** What a user can do about it, one sentence. */
  readonly advice: string;
}

export const errorTable = {
  USAGE: {
    exitCode: 64,
    httpStatus: 400,
    meaning: 'An option or argument is missing, malformed, or does not fit the others.',
    advice: 'See the --help of the command.',
  },
  FILE_NOT_FOUND: {
    exitCode: 66,
    httpStatus: 404,
    meaning: 'A file or folder that was named does not exist.',
    advice: 'Check the path.',
  },
  FILE_NOT_READABLE: {
    exitCode: 77,
    httpStatus: 403,
    meaning: 'The operating system does not let this user read the file or folder.',
    advice: 'Grant read permission, or run as a user that has it.',
  },
  STORAGE_FULL: {
    exitCode: 74,
    httpStatus: 507,
    meaning: 'There is no space left (or no quota) to write to; what was stored before is intact.',
    advice: 'Free some space and run the same command again: it resumes.',
  },
  STORAGE_NOT_WRITABLE: {
    exitCode: 73,
    httpStatus: 500,
    meaning: 'An output file or folder cannot be created or written.',
    advice: 'Choose another place, or grant write permission.',
  },
  INPUT_EMPTY: {
    exitCode: 66,
    httpStatus: 400,
    meaning: 'An input folder or cohort holds no volume of a known format.',
    advice: 'Give .nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd or DICOM files, a folder of them, or a cohort CSV.',
  },
  COHORT_INVALID: {
    exitCode: 65,
    httpStatus: 400,
    meaning:
      'A cohort CSV or a meta.csv cannot be used: a column is missing, an id is doubled, a row is broken.',
    advice: 'Correct the row that is named; only the columns id and image are required.',
  },
  VOLUME_FORMAT_UNKNOWN: {
    exitCode: 65,
    httpStatus: 415,
    meaning: 'The file is not in a volume format that Voxseek reads.',
    advice: 'Convert it to NIfTI, NRRD or MetaImage.',
  },
  VOLUME_CORRUPT: {
    exitCode: 65,
    httpStatus: 422,
    meaning: 'The file has the name of a volume format but its content is broken or truncated.',
    advice: 'Copy or export the file again; compare its size with the original.',
  },
  DICOM_INVALID: {
    exitCode: 65,
    httpStatus: 422,
    meaning: 'A DICOM file is broken or truncated, or lacks an attribute that is needed.',
    advice: 'Export or copy the file again.',
  },
  TRANSFER_SYNTAX_UNSUPPORTED: {
    exitCode: 65,
    httpStatus: 415,
    meaning: 'The pixels of a DICOM file are compressed in a way that Voxseek does not read.',
    advice: 'Convert the series to an uncompressed or a JPEG 2000 transfer syntax.',
  },
  SERIES_UNUSABLE: {
    exitCode: 65,
    httpStatus: 422,
    meaning:
      'A DICOM series is no volume: a localizer, a derived or captured picture, a single image, no positions.',
    advice: 'Choose another series of the study.',
  },
  SERIES_IRREGULAR: {
    exitCode: 65,
    httpStatus: 422,
    meaning:
      'Slices of a DICOM series are missing, or the gantry is tilted, and it was asked to refuse that.',
    advice: 'Send the missing slices, or use --irregular resample.',
  },
  SERIES_AMBIGUOUS: {
    exitCode: 64,
    httpStatus: 400,
    meaning: 'One volume was asked for, but the DICOM folder holds several.',
    advice: 'Name one of those that are listed with --series.',
  },
  SERIES_UNKNOWN: {
    exitCode: 66,
    httpStatus: 404,
    meaning: 'There is no series with this UID in the folder or on the server.',
    advice: 'Check the UID.',
  },
  PACS_UNREACHABLE: {
    exitCode: 69,
    httpStatus: 502,
    meaning: 'The DICOMweb server does not answer, or broke off in the middle, also after retries.',
    advice: 'Check the address and that the server runs; run the same command again: it resumes.',
  },
  PACS_REFUSED: {
    exitCode: 77,
    httpStatus: 502,
    meaning: 'The DICOMweb server refused the request: user, password, token or permission.',
    advice: 'Check the credentials (docs/dicomweb.md says where they are given).',
  },
  PACS_ANSWER_INVALID: {
    exitCode: 76,
    httpStatus: 502,
    meaning: 'What answered is no DICOMweb service, or its answer is not what the standard asks for.',
    advice: 'Give the root of the DICOMweb service, for example http://host:8042/dicom-web.',
  },
  VOLUME_NOT_3D: {
    exitCode: 65,
    httpStatus: 422,
    meaning: 'The file holds a single image, a time series or several channels, not one 3D volume.',
    advice: 'Extract one 3D volume of at least two voxels along each axis.',
  },
  VOLUME_EMPTY: {
    exitCode: 65,
    httpStatus: 422,
    meaning: 'The volume has no slices, or nothing but air in all of them.',
    advice: 'Check the export of this volume, or leave it out.',
  },
  VOLUME_NOT_FINITE: {
    exitCode: 65,
    httpStatus: 422,
    meaning: 'The volume has voxels that are NaN or infinite.',
    advice: 'Replace them with the value of the background before ingesting.',
  },
  GEOMETRY_DEGENERATE: {
    exitCode: 65,
    httpStatus: 422,
    meaning: 'The affine is singular, has a zero spacing, or has numbers that are not finite.',
    advice: 'Correct the header: the position of the slices in the patient cannot be known from it.',
  },
  MASK_GRID_MISMATCH: {
    exitCode: 65,
    httpStatus: 422,
    meaning: 'A mask lies on another voxel grid (size or affine) than its image.',
    advice: 'Resample the mask onto the grid of the image.',
  },
  MASK_INVALID: {
    exitCode: 65,
    httpStatus: 422,
    meaning: 'A mask or its table of label names cannot be used.',
    advice: 'A mask holds whole numbers >= 0; its table is a JSON object from number to name.',
  },
  LABEL_UNKNOWN: {
    exitCode: 64,
    httpStatus: 404,
    meaning: 'A label name that was asked for is not in the table of labels.',
    advice: 'Use one of the names that are listed.',
  },
  REGION_EMPTY: {
    exitCode: 65,
    httpStatus: 422,
    meaning: 'The region of a query holds no slice: an empty mask, or a range or box outside the volume.',
    advice: 'Choose a region that the query volume contains.',
  },
  ENCODER_UNKNOWN: {
    exitCode: 64,
    httpStatus: 400,
    meaning: 'No built-in encoder has this name, and no file or folder is there either.',
    advice: 'List the built-in ones with `voxseek encoders`, or give the path of an ONNX model.',
  },
  ENCODER_INVALID: {
    exitCode: 65,
    httpStatus: 422,
    meaning: 'An ONNX encoder or its configuration is broken or does not fit the other.',
    advice: 'See docs/encoders.md for the files that an encoder needs.',
  },
  ENCODER_DEVICE: {
    exitCode: 69,
    httpStatus: 503,
    meaning: 'The device that was asked for (webgpu, cuda) is not there, or cannot run this encoder.',
    advice:
      'Use --device cpu, or auto for the fastest of what is there; docs/encoders.md has what each needs.',
  },
  ENCODER_OUTPUT_INVALID: {
    exitCode: 65,
    httpStatus: 422,
    meaning: 'An encoder gave NaN, infinite or all-zero embeddings.',
    advice: 'Check the normalisation and the precision of the model.',
  },
  DOWNLOAD_FAILED: {
    exitCode: 69,
    httpStatus: 502,
    meaning: 'The weights of an encoder could not be fetched, or what came is not what was published.',
    advice:
      'Check the connection and try again, or put the file into the cache yourself (docs/paper-encoders.md).',
  },
  ENCODER_MISMATCH: {
    exitCode: 65,
    httpStatus: 409,
    meaning: 'The archive was made with another encoder, weights, preprocessing or slicing.',
    advice: 'Use the encoder and options of the archive, or make a new archive.',
  },
  ARCHIVE_NOT_FOUND: {
    exitCode: 66,
    httpStatus: 404,
    meaning: 'There is no archive in this folder.',
    advice: 'Make one with `voxseek ingest ARCHIVE INPUT...`.',
  },
  ARCHIVE_FOREIGN: {
    exitCode: 65,
    httpStatus: 409,
    meaning: 'The folder holds other files, not a Voxseek archive; nothing was written to it.',
    advice: 'Name an empty or a new folder.',
  },
  ARCHIVE_CORRUPT: {
    exitCode: 65,
    httpStatus: 500,
    meaning: 'The archive cannot be read: files are missing or damaged.',
    advice: 'Restore the folder from a backup, or ingest again into a new archive.',
  },
  ARCHIVE_VERSION: {
    exitCode: 65,
    httpStatus: 409,
    meaning: 'The archive was written in a format that this version of Voxseek does not know.',
    advice: 'Use the version of Voxseek that is named, or ingest again.',
  },
  ARCHIVE_EMPTY: {
    exitCode: 65,
    httpStatus: 409,
    meaning: 'No volume of the archive is left to search in, after filters and exclusions.',
    advice: 'Ingest volumes, or widen the filter.',
  },
  ARCHIVE_BUSY: {
    exitCode: 75,
    httpStatus: 503,
    meaning: 'Other writers kept changing the archive until the retries were used up; nothing was lost.',
    advice: 'Run the same command again: it resumes.',
  },
  VOLUME_UNKNOWN: {
    exitCode: 66,
    httpStatus: 404,
    meaning: 'No volume with this id is in the archive.',
    advice: 'List the ids with `voxseek info ARCHIVE --json`.',
  },
  MASK_UNKNOWN: {
    exitCode: 66,
    httpStatus: 404,
    meaning: 'The volume was ingested without a mask.',
    advice: 'Only volumes whose record says hasMask have one.',
  },
  FILTER_INVALID: {
    exitCode: 64,
    httpStatus: 400,
    meaning: 'The SQL condition of --filter is not valid, or names a field that volumes do not have.',
    advice: "See docs/archive.md for the fields, for example: modality = 'CT' AND region LIKE '%neck%'.",
  },
  INGEST_INCOMPLETE: {
    exitCode: 2,
    httpStatus: 207,
    meaning: 'Some inputs could not be ingested; they are listed, and all the others are in the archive.',
    advice: 'Correct or leave out the inputs that are listed, and run the same command again.',
  },
  UNAUTHORIZED: {
    exitCode: 77,
    httpStatus: 401,
    meaning: 'The request carries no token, or a wrong one.',
    advice: 'Send the token of the server as "Authorization: Bearer ...".',
  },
  ORIGIN_REFUSED: {
    exitCode: 77,
    httpStatus: 403,
    meaning: 'The request names another host than the server, or comes from a page of another site.',
    advice: 'Use the address that the server printed at its start.',
  },
  ROUTE_UNKNOWN: {
    exitCode: 64,
    httpStatus: 404,
    meaning: 'The API has no such address.',
    advice: 'See /v1/openapi.json for those there are.',
  },
  METHOD_NOT_ALLOWED: {
    exitCode: 64,
    httpStatus: 405,
    meaning: 'The address exists, but not with this method.',
    advice: 'See /v1/openapi.json for the methods of each address.',
  },
  UPLOAD_TOO_LARGE: {
    exitCode: 65,
    httpStatus: 413,
    meaning: 'An upload has more bytes, more files, or more bytes after decompression than the server takes.',
    advice: 'Send less at once, or serve with larger --max-upload and --max-files.',
  },
  UPLOAD_INVALID: {
    exitCode: 65,
    httpStatus: 400,
    meaning: 'An upload is not what it says it is, or holds something that is refused.',
    advice: 'Send .nii, .nii.gz, .nrrd, .mha, DICOM files, or a zip of these.',
  },
  UPLOAD_UNKNOWN: {
    exitCode: 66,
    httpStatus: 404,
    meaning: 'The server has no such upload, or no such image in it: uploads are kept for a limited time.',
    advice: 'Send the files again.',
  },
  SERVER_BUSY: {
    exitCode: 75,
    httpStatus: 429,
    meaning: 'The server has as much to do as it takes on.',
    advice: 'Try again in a moment.',
  },
  JOB_UNKNOWN: {
    exitCode: 66,
    httpStatus: 404,
    meaning: 'The server has no job with this id: it never had, or was started anew since.',
    advice: 'List the jobs at /v1/jobs.',
  },
  REPORT_UNKNOWN: {
    exitCode: 66,
    httpStatus: 404,
    meaning: 'The folder of the archive holds no benchmark report with this name.',
    advice: 'List the reports at /v1/reports.',
  },
  ADDRESS_IN_USE: {
    exitCode: 69,
    httpStatus: 500,
    meaning: 'Another program listens at the address already, or this user may not.',
    advice: 'Choose another port with --port.',
  },
  RESULTS_INVALID: {
    exitCode: 65,
    httpStatus: 422,
    meaning: 'The results.json of a benchmark, or a run or qrels file that it names, is broken or missing.',
    advice: 'Run the benchmark again, or restore the files beside results.json.',
  },
  INTERRUPTED: {
    exitCode: 130,
    httpStatus: 499,
    meaning: 'The work was stopped by the user; what was finished is kept.',
    advice: 'Run the same command again: it resumes.',
  },
  INTERNAL: {
    exitCode: 70,
    httpStatus: 500,
    meaning: 'A defect of Voxseek.',
    advice: 'Report it with the command and the message.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorTable;

export interface ErrorContext {
  /** The file, folder, id or option that the error is about. */
  readonly subject?: string;
  /** Advice that fits this case better than that of the table. */
  readonly advice?: string;
  readonly cause?: unknown;
}

/**
 * Every error that Voxseek throws on purpose. `message` reads "subject: reason. Advice"; programs look at
 * `code`, which is a key of {@link errorTable}.
 */
export class VoxseekError extends Error {
  override readonly name = 'VoxseekError';
  readonly code: ErrorCode;
  readonly subject: string | undefined;
  /** What is wrong, without the subject and without advice. */
  readonly reason: string;
  readonly advice: string;

  constructor(code: ErrorCode, reason: string, context: ErrorContext = {}) {
    const advice = context.advice ?? errorTable[code].advice;
    const subject = context.subject === undefined ? '' : `${context.subject}: `;
    super(
      `${subject}${reason}. ${advice}`,
      context.cause === undefined ? undefined : { cause: context.cause },
    );
    this.code = code;
    this.subject = context.subject;
    this.reason = reason;
    this.advice = advice;
  }

  get exitCode(): number {
    return errorTable[this.code].exitCode;
  }

  get httpStatus(): number {
    return errorTable[this.code].httpStatus;
  }
}

/** The error of an operating system call as the {@link VoxseekError} that fits its `code` (ENOENT, EACCES, ENOSPC...). */
export function fromSystemError(error: unknown, subject: string): VoxseekError {
  if (error instanceof VoxseekError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new VoxseekError('FILE_NOT_FOUND', 'no such file or folder', { subject, cause: error });
    case 'EISDIR':
      return new VoxseekError('FILE_NOT_FOUND', 'is a folder, not a file', { subject, cause: error });
    case 'EACCES':
    case 'EPERM':
      return new VoxseekError('FILE_NOT_READABLE', 'permission denied', { subject, cause: error });
    case 'ENOSPC':
    case 'EDQUOT':
      return new VoxseekError('STORAGE_FULL', 'no space left on the device', { subject, cause: error });
    case 'EROFS':
      return new VoxseekError('STORAGE_NOT_WRITABLE', `cannot be written (${code})`, {
        subject,
        cause: error,
      });
    default:
      return new VoxseekError('INTERNAL', error instanceof Error ? error.message : String(error), {
        subject,
        cause: error,
      });
  }
}

/** As {@link fromSystemError}, where something was to be written: "permission denied" is about writing then. */
export function fromWriteError(error: unknown, subject: string): VoxseekError {
  const known = fromSystemError(error, subject);
  if (known.code !== 'FILE_NOT_READABLE') return known;
  return new VoxseekError('STORAGE_NOT_WRITABLE', 'permission denied', { subject, cause: error });
}
