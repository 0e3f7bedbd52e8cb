import { type Section, type Span, strong } from '../document.js';
import type { ReportInput } from '../input.js';

const definitions: readonly (readonly [term: string, meaning: string])[] = [
  [
    'Slice-wise',
    'Every query slice is a search of its own, and the nearest slice of the database by cosine similarity answers it. Each class of the query slice is a true positive if the answering slice contains it, else a false negative.',
  ],
  [
    'Volume-based',
    'The query is all slices of a volume, and one volume answers. Each class of the query volume is a true positive if the answering volume contains it, else a false negative.',
  ],
  [
    'Region-based',
    'The query is the slices of a volume in which one class has enough voxels. It is a true positive if the answering volume contains the class.',
  ],
  [
    'Localized',
    'As region-based, and the slices of the answering volume that answered must contain the class too. At least one of them must.',
  ],
  [
    'Localization ratio',
    'Of the slices of the answering volume that answered a region query, the share that contains the class. It is averaged over the queries of a class, then over classes.',
  ],
  [
    'Overlap of the range',
    'Of all ranges of the answering volume that are as long in mm as the region of the query, the one that fits it best; its intersection over union, in mm, with what lies between the first and the last slice of that volume with the class. It is 0 where the volume does not have the class; its recall counts overlaps of a half at least.',
  ],
  [
    'Annotated volumes',
    'Where a data set states which structures were looked for when a mask was drawn, a missing label of another structure means nothing. Among annotated volumes a class is asked for by, and answered from, only those volumes in which it was looked for; a class of several labels, only where all of them were.',
  ],
  [
    'Ranking by count, max, sum',
    "Each query slice names its nearest slice in the database; a volume's score is the number, the maximum or the sum of the similarities of those it owns. Ties go to the larger similarity, then to the smaller volume id.",
  ],
  [
    'Late interaction',
    'The score of a volume is the sum, over the query slices, of the highest similarity among all its slices. It is computed for the volumes that own a nearest slice (the two stages of the paper), or for all volumes where the report says so.',
  ],
  [
    'Recall, mean, standard deviation',
    'The recall of a class is TP / (TP + FN) over all its queries. Mean and standard deviation are over the classes that have a query.',
  ],
  [
    '95 % interval',
    'The percentiles of a bootstrap that draws query patients, not slices or volumes, with replacement; there is none where fewer than two patients have a query. It says how far the figure depends on the patients that happened to ask, and nothing about those of the database.',
  ],
  [
    'Comparisons',
    "A paired permutation test that exchanges the two configurations' outcomes patient by patient. Holm's correction keeps the chance of any false finding among all tests of the family below the level.",
  ],
  [
    'Precision at k, mAP, nDCG at k',
    'They look at the ranked list of volumes, not only at the first. The relevance of a volume is the overlap of its set of labels with that of the query; docs/benchmark.md has the formulas.',
  ],
  [
    'Index recall',
    'The share of the query slices for which an index finds the nearest slice that exact search finds. It is apart from the recall of classes, which depends on the encoder.',
  ],
];

/** How every figure is defined, two sentences each. */
export function definitionSection({ extras }: ReportInput): Section {
  const { documentation } = extras;
  const page: Span =
    documentation === undefined
      ? { kind: 'code', text: 'docs/benchmark.md' }
      : { kind: 'link', text: 'docs/benchmark.md', target: documentation };
  return {
    id: 'definitions',
    title: 'Definitions',
    blocks: [
      { kind: 'paragraph', spans: ['Formulas and a worked example are in ', page, '.'] },
      { kind: 'list', items: definitions.map(([term, meaning]) => [strong(term), `: ${meaning}`]) },
    ],
  };
}
