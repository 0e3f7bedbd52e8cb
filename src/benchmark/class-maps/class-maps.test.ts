import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFixture } from '../../../tests/volume-fixtures.js';
import { totalSegmentatorV1 } from '../../volume/totalsegmentator-v1.js';
import { totalSegmentatorV2 } from '../../volume/totalsegmentator-v2.js';
import { labelsWithoutClass } from './class-map.js';
import { coarse, kindOf } from './coarse.js';
import { detailed, detailedV2 } from './detailed.js';
import { resolveClassMap } from './resolve-class-map.js';

const folder = temporaryFolder();

describe('the detailed class maps', () => {
  it('take each of the 104 names of v1 as itself', () => {
    expect(detailed.classes).toHaveLength(104);
    for (const name of totalSegmentatorV1) expect(detailed.classOf(name)).toEqual([name]);
    expect(detailed.classOf('heart')).toBeUndefined();
  });

  it('take each of the 117 names of v2 as itself', () => {
    expect(new Set(detailedV2.classes).size).toBe(117);
    for (const name of totalSegmentatorV2) expect(detailedV2.classOf(name)).toEqual([name]);
  });

  it('have the names of v1 in v2, but for the heart, which is one there, and two that v2 has not', () => {
    expect(detailedV2.classOf('heart_atrium_left')).toEqual(['heart']);
    expect(totalSegmentatorV1.filter((name) => name.startsWith('heart_'))).toHaveLength(5);
    expect(labelsWithoutClass(detailedV2, totalSegmentatorV1)).toEqual(['face', 'pulmonary_artery']);
  });

  it('miss in v1 the 19 structures that are new in v2, and its whole heart', () => {
    // The list of resources/improvements_in_v2.md in github.com/wasserth/TotalSegmentator.
    const added =
      'skull, thyroid_gland, prostate, brachiocephalic_vein_left, brachiocephalic_vein_right, ' +
      'brachiocephalic_trunk, common_carotid_artery_left, common_carotid_artery_right, atrial_appendage_left, ' +
      'subclavian_artery_left, subclavian_artery_right, vertebrae_S1, sternum, costal_cartilages, ' +
      'pulmonary_vein, superior_vena_cava, kidney_cyst_left, kidney_cyst_right, spinal_cord';
    expect(labelsWithoutClass(detailed, totalSegmentatorV2)).toEqual([...added.split(', '), 'heart'].sort());
  });
});

describe('the coarse class map', () => {
  it('has 34 kinds of structures, and merges them to 29 classes', () => {
    expect(new Set(totalSegmentatorV1.map(kindOf)).size).toBe(34);
    expect([...coarse.classes].sort()).toEqual(
      [
        ...['abdominal_veins', 'adrenal_gland', 'aorta', 'autochthon', 'brain', 'clavicula', 'colon'],
        ...['esophagus', 'face', 'femur', 'gallbladder', 'gluteus', 'heart', 'hip', 'humerus'],
        ...['iliac_vessels', 'iliopsoas', 'kidney', 'liver', 'lung', 'pancreas', 'rib', 'scapula'],
        ...['small_bowel', 'spleen', 'stomach', 'trachea', 'urinary_bladder', 'vertebrae'],
      ].sort(),
    );
    expect(coarse.classes).toHaveLength(29);
  });

  it('has every one of the 104 names in exactly one class, and leaves no class empty', () => {
    const classes = totalSegmentatorV1.map((name) => coarse.classOf(name));
    expect(classes.filter((of) => of?.length !== 1)).toEqual([]);
    expect(new Set(classes.flat()).size).toBe(29);
  });

  it.each([
    ['lung_middle_lobe_right', 'lung'],
    ['vertebrae_C7', 'vertebrae'],
    ['sacrum', 'vertebrae'],
    ['vertebrae_S1', 'vertebrae'],
    ['rib_left_12', 'rib'],
    ['heart_ventricle_right', 'heart'],
    ['pulmonary_artery', 'heart'],
    ['heart', 'heart'],
    ['gluteus_minimus_left', 'gluteus'],
    ['iliac_vena_left', 'iliac_vessels'],
    ['iliac_artery_right', 'iliac_vessels'],
    ['inferior_vena_cava', 'abdominal_veins'],
    ['portal_vein_and_splenic_vein', 'abdominal_veins'],
    ['duodenum', 'small_bowel'],
    ['kidney_left', 'kidney'],
    ['liver', 'liver'],
  ])('counts %s as %s', (label, name) => {
    expect(coarse.classOf(label)).toEqual([name]);
  });
});

describe('resolveClassMap', () => {
  it.each([
    ['detailed', 104],
    ['detailed-v2', 117],
    ['coarse', 29],
  ])('knows %s with %i classes', async (name, classes) => {
    const map = await resolveClassMap(name, ['liver']);
    expect(map.name).toBe(name);
    expect(map.classes).toHaveLength(classes);
    expect(map.source.length).toBeGreaterThan(20);
  });

  it('makes a class of each label of the data for "all"', async () => {
    const map = await resolveClassMap('all', ['parotid_left', 'larynx', 'parotid_left']);
    expect(map.classes).toEqual(['larynx', 'parotid_left']);
    expect(map.classOf('larynx')).toEqual(['larynx']);
    expect(map.classOf('liver')).toBeUndefined();
  });

  it('reads a JSON file, in which a label may be in several classes', async () => {
    const path = writeFixture(
      folder,
      'mine.json',
      JSON.stringify({
        name: 'mine',
        source: 'made up',
        classes: { parotid: ['parotid_left', 'parotid_right'], left: ['parotid_left'] },
      }),
    );
    const map = await resolveClassMap(path, ['parotid_left', 'larynx']);
    expect(map).toMatchObject({ name: 'mine', source: 'made up', classes: ['parotid', 'left'] });
    expect(map.classOf('parotid_left')).toEqual(['parotid', 'left']);
    expect(map.classOf('parotid_right')).toEqual(['parotid']);
    expect(labelsWithoutClass(map, ['larynx', 'parotid_left'])).toEqual(['larynx']);
  });

  it.each([
    ['{"name": "a"', /not JSON/],
    ['{"name": "a", "classes": {"b": ["c"]}}', /source: /],
    ['{"name": "a", "source": "s", "classes": {"b": []}}', /classes\.b: a class needs a label/],
    ['{"name": "a", "source": "s", "classes": {"b": ["c", 3]}}', /classes\.b\.1: /],
    ['{"name": "a", "source": "s", "classes": {}}', /classes: there is no class/],
    ['{"name": " ", "source": "s", "classes": {"b": ["c"]}}', /name: is empty/],
    ['{"name": "a", "source": "s", "classes": {"b": ["c"]}, "clases": 1}', /clases/],
  ])('refuses the file %s', async (text, reason) => {
    const path = writeFixture(folder, 'bad.json', text);
    await expect(resolveClassMap(path, ['c'])).rejects.toMatchObject({
      code: 'USAGE',
      subject: path,
      reason: expect.stringMatching(reason),
    });
  });

  it('refuses a name that is none, a file that is not there, and a map that knows no label of the data', async () => {
    await expect(resolveClassMap('fine', ['liver'])).rejects.toMatchObject({
      code: 'USAGE',
      advice: expect.stringContaining('detailed, detailed-v2, coarse, all'),
    });
    await expect(resolveClassMap(join(folder, 'none.json'), ['liver'])).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    await expect(resolveClassMap('coarse', ['larynx', 'chiasm'])).rejects.toMatchObject({
      code: 'USAGE',
      reason: 'the class map knows none of the 2 labels of the data set (chiasm, larynx)',
    });
  });
});
