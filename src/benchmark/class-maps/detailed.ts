import { totalSegmentatorV1 } from '../../volume/totalsegmentator-v1.js';
import { totalSegmentatorV2 } from '../../volume/totalsegmentator-v2.js';
import { type ClassMap, classMap } from './class-map.js';

/**
 * Labels of v1 that v2 holds under another name. Its other names that v2 lacks have no counterpart in v2's
 * task "total": `pulmonary_artery` went to the task "heartchambers_highres", `face` to the task "face".
 *
 * Source: resources/improvements_in_v2.md of github.com/wasserth/TotalSegmentator.
 */
const renamedInV2: Readonly<Record<string, string>> = {
  heart_myocardium: 'heart',
  heart_atrium_left: 'heart',
  heart_ventricle_left: 'heart',
  heart_atrium_right: 'heart',
  heart_ventricle_right: 'heart',
};

/** The 104 structures of TotalSegmentator v1, each a class of its own. */
export const detailed: ClassMap = classMap(
  'detailed',
  'The 104 structure names of TotalSegmentator v1 (Wasserthal et al. 2023, doi:10.1148/ryai.230024), unchanged.',
  Object.fromEntries(totalSegmentatorV1.map((name) => [name, [name]])),
);

/** The 117 structures of TotalSegmentator v2. Labels of v1 that changed their name count as well. */
export const detailedV2: ClassMap = classMap(
  'detailed-v2',
  'The 117 structure names of TotalSegmentator v2 (task "total", README of github.com/wasserth/TotalSegmentator); ' +
    'the five chambers and walls of the heart of v1 count as heart (resources/improvements_in_v2.md there).',
  Object.fromEntries(
    totalSegmentatorV2.map((name) => [
      name,
      [name, ...Object.keys(renamedInV2).filter((label) => renamedInV2[label] === name)],
    ]),
  ),
);
