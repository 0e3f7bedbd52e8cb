/** Paths of all values of an answer in JSON, "hits[].range.from", each once. */
export function jsonFields(value: unknown): string[] {
  const fields = [...new Set(fieldsBelow(value, ''))];
  // A list that is empty in one place has its fields in another one.
  return fields.filter((field) => !fields.some((other) => other.startsWith(`${field}.`)));
}

function fieldsBelow(value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    const items = value.length > 0 ? value : [undefined];
    return items.flatMap((item) => fieldsBelow(item, `${path}[]`));
  }
  if (typeof value === 'object' && value !== null) {
    const prefix = path === '' ? '' : `${path}.`;
    return Object.entries(value).flatMap(([name, item]) => fieldsBelow(item, `${prefix}${name}`));
  }
  return [path];
}

/** The fields that the table of a page of the documentation lists. */
export function documentedFields(page: string): string[] {
  return page
    .split('\n')
    .map((line) => /^\| `([^`]+)` \|/.exec(line)?.[1])
    .filter((field) => field !== undefined);
}
