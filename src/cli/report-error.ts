import { VoxseekError } from '../errors.js';
import { style } from './style.js';

/** Writes an error to stderr: for people, or as one JSON object {"error": {code, subject, reason, advice}}. */
export function reportError(error: unknown, asJson: boolean): void {
  const known =
    error instanceof VoxseekError
      ? error
      : new VoxseekError('INTERNAL', error instanceof Error ? (error.stack ?? error.message) : String(error));
  const { code, subject, reason, advice } = known;
  if (asJson) {
    process.stderr.write(`${JSON.stringify({ error: { code, subject, reason, advice } })}\n`);
    return;
  }
  const place = subject === undefined ? '' : `${subject}: `;
  process.stderr.write(`${style(['red', 'bold'], code, process.stderr)} ${place}${reason}.\n${advice}\n`);
}
