import type { Problem } from '../../../src/server/schemas.js';

/** What the server answered instead of what was asked for, as a problem object (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** A problem object for what never reached the server, or came back as no problem object. */
export function unexplained(status: number, title: string, detail: string, advice: string): ApiProblem {
  return new ApiProblem({
    type: 'about:blank',
    title,
    status,
    detail,
    code: 'UNREACHABLE',
    subject: null,
    advice,
  });
}

export function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'detail' in value &&
    typeof value.detail === 'string' &&
    'code' in value &&
    typeof value.code === 'string'
  );
}

/** The server's advice is for whoever calls its API or the command; here other things are at hand. */
const viewerAdvice: Readonly<Record<string, string>> = {
  VOLUME_UNKNOWN:
    'Choose one from the list. If the address was sent to you, the archive may have changed since.',
  UNAUTHORIZED: 'Ask whoever started the server for its token.',
  UPLOAD_UNKNOWN: 'Uploads are kept for a while only. Drop the file here again.',
};

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What is shown of any error: a heading, what happened, and what can be done. */
interface Explanation {
  readonly title: string;
  readonly detail: string;
  readonly advice: string;
  readonly code: string | null;
}

export function explain(error: unknown): Explanation {
  if (error instanceof ApiProblem) {
    const { title, detail, advice, code, subject } = error.problem;
    return {
      title: title.replace(/\.$/, ''),
      detail: capitalised(subject === null ? detail : `${subject}: ${detail}`),
      advice: viewerAdvice[code] ?? advice,
      code,
    };
  }
  return {
    title: 'The viewer could not show this',
    detail: error instanceof Error ? error.message : String(error),
    advice: 'Reload the page. If it happens again, report it with this text.',
    code: null,
  };
}
