import { volumeSchema } from './schema.js';
import { firstLine } from './storage-error.js';

/** A text as a literal of SQL. Only the quote has a meaning in one, and doubling takes it away. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The condition that a column has one of some values; no row where there are none. */
export function isOneOf(column: string, values: readonly string[]): string {
  return values.length === 0 ? 'false' : `${column} IN (${values.map(quoted).join(', ')})`;
}

/** What LanceDB says about a condition of the user's, without the names of its own layers. */
export function explainFilterError(message: string): string {
  const unknown = /No field named ([^.]+)\./.exec(message);
  if (unknown) {
    const fields = volumeSchema.fields.map((field) => field.name).join(', ');
    return `volumes have no field ${unknown[1]}; they have ${fields}`;
  }
  if (/^not yet implemented/.test(message)) return 'it uses a part of SQL that is not supported';
  const layers = /^.*(Invalid (user )?input|[a-z]+ error|Error during planning)[:,] */i;
  return firstLine(message).replace(layers, '');
}
