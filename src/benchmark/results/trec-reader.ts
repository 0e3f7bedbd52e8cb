import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { fromSystemError, VoxseekError } from '../../errors.js';
import { noDocument } from './trec-names.js';

/** What a run returned for one topic. */
export interface RunTopic {
  /** The documents that count: the first one, or all. */
  readonly documents: Set<string>;
}

export interface ReadRun {
  readonly topics: Map<string, RunTopic>;
  /** Topics whose scores do not fall from line to line as float32: evaluators may order them otherwise. */
  readonly unordered: readonly string[];
  readonly sha256: string;
}

/**
 * Reads a run (`topic Q0 document rank score tag`) as trec_eval does: by score, whatever the rank says.
 *
 * @param depth how many documents of each topic to keep.
 * @throws VoxseekError RESULTS_INVALID where the file is missing or a line is broken, FILE_NOT_READABLE
 */
export async function readRun(path: string, depth: 'first' | 'all'): Promise<ReadRun> {
  const topics = new Map<string, RunTopic & { best: number; last: number }>();
  const unordered = new Set<string>();
  const sha256 = await readFields(path, 6, ([topic, , document, , scoreText], broken) => {
    const score = Math.fround(Number(scoreText));
    if (!Number.isFinite(score)) throw broken('its score is no number');
    const known = topics.get(topic!);
    if (known === undefined) {
      topics.set(topic!, { documents: new Set([document!]), best: score, last: score });
      return;
    }
    if (score >= known.last) unordered.add(topic!);
    known.last = score;
    if (depth === 'all') {
      if (known.documents.has(document!)) throw broken(`${document} is there twice for its topic`);
      known.documents.add(document!);
    } else if (score > known.best) {
      known.best = score;
      known.documents.clear();
      known.documents.add(document!);
    }
  });
  return { topics, unordered: [...unordered], sha256 };
}

export interface RelevantCounts {
  readonly all: number;
  readonly returned: number;
}

/**
 * Reads relevance judgements (`topic 0 document relevance`) and counts the relevant documents of a run.
 *
 * @returns by topic that has a relevant document, how many documents are relevant (but for `~none`), and how many
 *   of the kept documents of the run are.
 * @throws as {@link readRun}
 */
export async function countRelevant(
  path: string,
  run: ReadRun,
): Promise<{ readonly relevant: Map<string, RelevantCounts>; readonly sha256: string }> {
  const relevant = new Map<string, { all: number; returned: number }>();
  // The lines of a topic mostly follow each other: looking it up for each would take most of the time.
  let current: string | undefined;
  let counts = { all: 0, returned: 0 };
  let returned: ReadonlySet<string> | undefined;
  const sha256 = await readFields(path, 4, ([topic, , document, relevance], broken) => {
    const value = Number(relevance);
    if (!Number.isInteger(value)) throw broken('its relevance is no whole number');
    if (value <= 0) return;
    if (topic !== current) {
      current = topic;
      returned = run.topics.get(topic!)?.documents;
      counts = relevant.get(topic!) ?? { all: 0, returned: 0 };
      relevant.set(topic!, counts);
    }
    if (document !== noDocument) counts.all++;
    if (returned?.has(document!)) counts.returned++;
  });
  return { relevant, sha256 };
}

type BrokenLine = (reason: string) => VoxseekError;

/** @returns the SHA-256 of the file. */
async function readFields(
  path: string,
  fieldCount: number,
  handle: (fields: readonly string[], broken: BrokenLine) => void,
): Promise<string> {
  const hash = createHash('sha256');
  let lineNumber = 0;
  const broken: BrokenLine = (reason) =>
    new VoxseekError('RESULTS_INVALID', `line ${lineNumber} is broken: ${reason}`, { subject: path });
  for await (const lines of readLines(path, hash)) {
    for (const line of lines) {
      lineNumber++;
      const fields = fieldsOf(line, fieldCount);
      if (fields.length !== fieldCount) throw broken(`it has ${fields.length} fields, not ${fieldCount}`);
      handle(fields, broken);
    }
  }
  return hash.digest('hex');
}

/** Our own lines have single spaces; those of other programs any white space. There are millions of them. */
function fieldsOf(line: string, fieldCount: number): string[] {
  const fields = line.split(' ');
  return fields.length === fieldCount && !/[^!-~]/.test(fields.at(-1)!) ? fields : line.trim().split(/\s+/);
}

/** Many lines at a time: a step of an asynchronous generator costs more than a line. */
async function* readLines(
  path: string,
  hash: { update(bytes: Buffer): unknown },
): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(chunk);
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop()!;
      yield lines;
    }
  } catch (error) {
    const known = fromSystemError(error, path);
    if (known.code !== 'FILE_NOT_FOUND') throw known;
    throw new VoxseekError('RESULTS_INVALID', 'is missing', { subject: path, cause: error });
  }
  if (rest !== '') yield [rest];
}
