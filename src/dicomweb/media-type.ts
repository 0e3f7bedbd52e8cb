/** The value of a Content-Type header (RFC 9110, section 8.3.1). */
export interface MediaType {
  /** "multipart/related", lower case. */
  readonly type: string;
  /** By lower-case name; values without their quotes. */
  readonly parameters: ReadonlyMap<string, string>;
}

const parameterPattern = /;\s*([!#$%&'*+.^`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/g;

/** Never fails: a header that cannot be read gives a type that nobody asks for. */
export function parseMediaType(header: string | null | undefined): MediaType {
  const text = header ?? '';
  const end = text.indexOf(';');
  const parameters = new Map<string, string>();
  for (const [, name, quoted, token] of text.matchAll(parameterPattern)) {
    parameters.set(name!.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token!);
  }
  return { type: (end < 0 ? text : text.slice(0, end)).trim().toLowerCase(), parameters };
}
