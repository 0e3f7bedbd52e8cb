import { VoxseekError } from '../../errors.js';
import { type ClassMap, classMap } from './class-map.js';
import { readClassMap } from './class-map-file.js';
import { coarse } from './coarse.js';
import { detailed, detailedV2 } from './detailed.js';

const builtIn: readonly ClassMap[] = [detailed, detailedV2, coarse];

/** Every label that occurs in the data, each a class of its own, in alphabetical order. */
function allLabels(labelsInData: Iterable<string>): ClassMap {
  const labels = [...new Set(labelsInData)].sort();
  return classMap(
    'all',
    'Every label name that occurs in the masks of the data set.',
    Object.fromEntries(labels.map((label) => [label, [label]])),
  );
}

/**
 * @param spec `detailed`, `detailed-v2`, `coarse`, `all`, or the path of a JSON file ({@link readClassMap}).
 * @param labelsInData label names that occur in the data set.
 * @throws VoxseekError USAGE where there is no such map, the file is not valid, or no label of the data has a
 *   class; FILE_NOT_FOUND, FILE_NOT_READABLE
 */
export async function resolveClassMap(spec: string, labelsInData: readonly string[]): Promise<ClassMap> {
  const map = await namedClassMap(spec, labelsInData);
  if (!labelsInData.some((label) => map.classOf(label) !== undefined)) {
    const labels = [...labelsInData].sort();
    const some = `${labels.slice(0, 5).join(', ')}${labels.length > 5 ? ', ...' : ''}`;
    throw new VoxseekError(
      'USAGE',
      labels.length === 0
        ? 'there are no labels in the data set'
        : `the class map knows none of the ${labels.length} labels of the data set (${some})`,
      { subject: spec, advice: '"all" takes every label as a class; a JSON file maps them as you say.' },
    );
  }
  return map;
}

async function namedClassMap(spec: string, labelsInData: readonly string[]): Promise<ClassMap> {
  if (spec === 'all') return allLabels(labelsInData);
  const map = builtIn.find(({ name }) => name === spec);
  if (map !== undefined) return map;
  if (/\.json$/i.test(spec)) return readClassMap(spec);
  const names = [...builtIn.map(({ name }) => name), 'all'].join(', ');
  throw new VoxseekError('USAGE', `there is no class map "${spec}"`, {
    advice: `Known are ${names}, and JSON files.`,
  });
}
