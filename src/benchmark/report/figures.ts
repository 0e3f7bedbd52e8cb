import { type AnswerScopeName, answerScopes, type BenchmarkRanking, type Mode, modes } from '../outcomes.js';
import type { ReportFigure, ReportInput } from './input.js';
import { formatShare } from './numbers.js';

export const modeTitles: Readonly<Record<Mode, string>> = {
  slice: 'Slice-wise',
  volume: 'Volume-based',
  region: 'Region-based',
  localized: 'Localized',
  ratio: 'Localization ratio',
  range: 'Overlap of the range',
  'range-half': 'Range recall, overlap of .5 at least',
};

/** Modes that are named without what they measure: the recall of a class. */
export const recallModes: readonly Mode[] = ['slice', 'volume', 'region', 'localized'];

/** What the figure of a mode is called. */
export function figureTitle(mode: Mode): string {
  return recallModes.includes(mode) ? `${modeTitles[mode]} recall` : modeTitles[mode];
}

/** Which volumes may answer, behind the name of what it is about; nothing where all may. */
export function scopeSuffix(among: AnswerScopeName): string {
  return among === 'all' ? '' : ', annotated volumes';
}

/** The input with the figures among all volumes alone, or among annotated ones. */
export function withScope(input: ReportInput, among: AnswerScopeName): ReportInput {
  return { ...input, figures: input.figures.filter((figure) => figure.among === among) };
}

/** The ways of answering that have figures. */
export function presentScopes(input: ReportInput): AnswerScopeName[] {
  return answerScopes.filter((scope) => input.figures.some(({ among }) => among === scope));
}

export const rankingTitles: Readonly<Record<BenchmarkRanking, string>> = {
  count: 'count',
  max: 'max',
  sum: 'sum',
  'late-interaction': 'late interaction',
  'late-interaction-all': 'late interaction, all volumes',
};

/** The ranking that speaks for an encoder where only one can be shown: the paper's best first. */
const leadingRankings: readonly BenchmarkRanking[] = [
  'late-interaction',
  'late-interaction-all',
  'count',
  'sum',
  'max',
];

/** The mode that speaks for an encoder where only one can be shown. */
const leadingModes: readonly Mode[] = ['region', 'localized', 'volume', 'slice'];

/** The distinct values, in the order in which they come first. */
export function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}

/** The modes that have figures, in the order of the paper. */
export function presentModes(input: ReportInput): Mode[] {
  return modes.filter((mode) => input.figures.some((figure) => figure.mode === mode));
}

export function leadingMode(input: ReportInput): Mode | undefined {
  return leadingModes.find((mode) => input.figures.some((figure) => figure.mode === mode));
}

/** Exact search where it was run, else the index of the first figure. */
export function leadingIndex(input: ReportInput): string | undefined {
  const names = distinct(input.figures.map(({ index }) => index));
  return names.find((name) => name === 'flat' || name === 'exact') ?? names[0];
}

/** @returns the figures of one mode and class map with the leading index and ranking, one for each encoder. */
export function leadingFigures(input: ReportInput, mode: Mode, classMap: string): ReportFigure[] {
  const index = leadingIndex(input);
  const candidates = input.figures.filter(
    (figure) => figure.mode === mode && figure.classMap === classMap && figure.index === index,
  );
  const ranking = leadingRankings.find((name) => candidates.some((figure) => figure.ranking === name));
  return candidates.filter((figure) => figure.ranking === ranking);
}

/** A figure's configuration in words; slice-wise retrieval has no ranking of volumes to name. */
export function describeConfiguration({ encoder, index, mode, ranking }: ReportFigure): string {
  return mode === 'slice' ? `${encoder} (${index})` : `${encoder} (${index}, ${rankingTitles[ranking]})`;
}

/**
 * Tells which of some means is best or worst. Means that look the same as printed are marked alike, and where
 * all look the same none is marked.
 */
export function markExtremes(
  means: readonly (number | null)[],
): (mean: number | null) => 'best' | 'worst' | undefined {
  const present = means.filter((mean) => mean !== null);
  const [best, worst] = [formatShare(Math.max(...present)), formatShare(Math.min(...present))];
  return (mean) => {
    if (mean === null || best === worst) return undefined;
    const text = formatShare(mean);
    return text === best ? 'best' : text === worst ? 'worst' : undefined;
  };
}

/** @returns the figures with the highest mean as printed, best first; more than one where they tie. */
export function bestOf(figures: readonly ReportFigure[]): ReportFigure[] {
  const highest = Math.max(...figures.flatMap(({ mean }) => (mean === null ? [] : [mean])));
  return figures.filter(({ mean }) => mean !== null && formatShare(mean) === formatShare(highest));
}

/** Classes of the map that some of the figures have no value for, in the order of the map. */
export function classesWithoutValue(classes: readonly string[], figures: readonly ReportFigure[]): string[] {
  const valued = figures.map(
    (figure) => new Set(figure.classes.filter(({ value }) => value !== null).map((entry) => entry.class)),
  );
  return classes.filter((name) => valued.some((names) => !names.has(name)));
}
