import type { ErrorCode } from '../../errors.js';

/** What taking a query may end with, for the schema of a route. */
export const queryProblems: readonly ErrorCode[] = [
  'VOLUME_UNKNOWN',
  'UPLOAD_UNKNOWN',
  'REGION_EMPTY',
  'LABEL_UNKNOWN',
  'SERVER_BUSY',
  'FILE_NOT_FOUND',
  'FILE_NOT_READABLE',
  'VOLUME_CORRUPT',
  'MASK_INVALID',
  'MASK_GRID_MISMATCH',
  'ENCODER_MISMATCH',
  'ENCODER_OUTPUT_INVALID',
  'ARCHIVE_BUSY',
  'ARCHIVE_CORRUPT',
];
