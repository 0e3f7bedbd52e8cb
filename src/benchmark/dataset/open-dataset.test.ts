import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFixture } from '../../../tests/volume-fixtures.js';
import { openDataset } from './open-dataset.js';

const folder = temporaryFolder();

function cohort(name: string, ...rows: readonly string[]): string {
  return writeFixture(folder, `${name}.csv`, `id,image,mask,patient,split\n${rows.join('\n')}\n`);
}

const ids = (entries: readonly { readonly id: string }[]) => entries.map((entry) => entry.id);

describe('a cohort', () => {
  it('is divided into its splits "database" and "query", in the order of the ids', async () => {
    const path = cohort(
      'good',
      'b,b.nii,bm.nii,p1,database',
      'q,q.nii,qm.nii,p2,query',
      'a,a.nii,am.nii,p1,database',
    );
    const dataset = await openDataset(path);
    expect(dataset).toMatchObject({ name: 'good.csv', path });
    expect(dataset.database.split).toBe('database');
    expect(ids(dataset.database.entries)).toEqual(['a', 'b']);
    expect(dataset.queries.split).toBe('query');
    expect(ids(dataset.queries.entries)).toEqual(['q']);
    expect([...dataset.splits]).toEqual([
      ['database', 2],
      ['query', 1],
    ]);
  });

  it('takes other splits where they are named', async () => {
    const path = cohort('named', 'a,a.nii,am.nii,,train', 'b,b.nii,bm.nii,,val', 'c,c.nii,cm.nii,,test');
    const dataset = await openDataset(path, { database: 'train', queries: 'val' });
    expect(ids(dataset.queries.entries)).toEqual(['b']);
  });

  it('lists volumes without a mask and leaves them out', async () => {
    const path = cohort(
      'unlabelled',
      'a,a.nii,am.nii,,database',
      'x,x.nii,,,database',
      'q,q.nii,qm.nii,,query',
    );
    const dataset = await openDataset(path);
    expect(ids(dataset.database.entries)).toEqual(['a']);
    expect(dataset.database.leftOut).toEqual([{ id: 'x', reason: 'no mask' }]);
    expect(dataset.queries.leftOut).toEqual([]);
  });

  it('refuses a patient on both sides, naming the patient and both volumes', async () => {
    const path = cohort('shared', 'a,a.nii,am.nii,p7,database', 'q,q.nii,qm.nii,p7,query');
    await expect(openDataset(path)).rejects.toMatchObject({
      code: 'COHORT_INVALID',
      subject: path,
      reason: 'the patient "p7" is on both sides: volume "a" of the database and volume "q" of the queries',
    });
  });

  it('takes a volume without a patient for one of its own', async () => {
    const path = cohort('own', 'p7,a.nii,am.nii,,database', 'q,q.nii,qm.nii,p7,query');
    await expect(openDataset(path)).rejects.toMatchObject({ reason: expect.stringContaining('"p7"') });
  });

  it('refuses an id that stands twice', async () => {
    const path = cohort('twice', 'a,a.nii,am.nii,,database', 'a,b.nii,bm.nii,,query');
    await expect(openDataset(path)).rejects.toMatchObject({ code: 'COHORT_INVALID' });
  });

  it('names the splits there are where one has no volume', async () => {
    const path = cohort('other', 'a,a.nii,am.nii,,train', 'b,b.nii,bm.nii,,test');
    await expect(openDataset(path)).rejects.toMatchObject({
      code: 'INPUT_EMPTY',
      reason: 'the split "database" has no labelled volume',
      advice: expect.stringContaining('test (1), train (1)'),
    });
  });

  it('refuses a split in which no volume has a mask', async () => {
    const path = cohort('no-masks', 'a,a.nii,am.nii,,database', 'b,b.nii,,,query');
    await expect(openDataset(path)).rejects.toMatchObject({
      code: 'INPUT_EMPTY',
      reason: 'the split "query" has no labelled volume, only 1 without a mask',
    });
  });

  it('refuses one split on both sides', async () => {
    const path = cohort('same', 'a,a.nii,am.nii,,x');
    await expect(openDataset(path, { database: 'x', queries: 'x' })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('a TotalSegmentator folder', () => {
  const root = join(folder, 'Totalsegmentator_dataset');
  for (const [id, hasMasks] of [
    ['s0001', true],
    ['s0002', true],
    ['s0003', false],
    ['s0004', true],
  ] as const) {
    mkdirSync(hasMasks ? join(root, id, 'segmentations') : join(root, id), { recursive: true });
    writeFixture(join(root, id), 'ct.nii.gz', '');
    if (hasMasks) writeFixture(join(root, id, 'segmentations'), 'liver.nii.gz', '');
  }
  writeFixture(
    root,
    'meta.csv',
    'image_id;study_type;split\ns0001;ct thorax;train\ns0002;ct thorax;test\ns0003;ct thorax;train\ns0004;ct thorax;val\n',
  );

  it('has train as database and test as queries, and each case as a patient', async () => {
    const dataset = await openDataset(root);
    expect(ids(dataset.database.entries)).toEqual(['s0001']);
    expect(dataset.database.leftOut).toEqual([{ id: 's0003', reason: 'no mask' }]);
    expect(dataset.database.split).toBe('train');
    expect(dataset.queries.entries).toMatchObject([{ id: 's0002', patient: 's0002', split: 'test' }]);
  });

  it('has val on request', async () => {
    expect(ids((await openDataset(root, { queries: 'val' })).queries.entries)).toEqual(['s0004']);
  });
});

describe('a task of the Medical Segmentation Decathlon', () => {
  const root = join(folder, 'Task03_Liver');
  mkdirSync(root);
  const description = {
    name: 'Liver',
    modality: { '0': 'CT' },
    labels: { '0': 'background', '1': 'liver', '2': 'cancer' },
    training: ['liver_0', 'liver_1'].map((id) => ({
      image: `./imagesTr/${id}.nii.gz`,
      label: `./labelsTr/${id}.nii.gz`,
    })),
    test: ['./imagesTs/liver_9.nii.gz'],
  };
  writeFixture(root, 'dataset.json', JSON.stringify(description));
  const splits = (name: string, ...rows: readonly string[]) =>
    writeFixture(folder, `${name}-splits.csv`, `id,split\n${rows.join('\n')}\n`);

  it('has no queries with labels in its own splits', async () => {
    await expect(openDataset(root, { database: 'training' })).rejects.toMatchObject({
      code: 'INPUT_EMPTY',
      reason: 'the split "test" has no labelled volume, only 1 without a mask',
      advice: expect.stringContaining('test (1), training (2)'),
    });
  });

  it('takes its splits from a CSV', async () => {
    const csv = splits('good', 'liver_1,train', 'liver_0,test');
    const dataset = await openDataset(root, { splits: [csv] });
    expect(dataset.database.entries).toEqual([
      {
        id: 'liver_1',
        image: join(root, 'imagesTr/liver_1.nii.gz'),
        mask: join(root, 'labelsTr/liver_1.nii.gz'),
        labels: join(root, 'dataset.json'),
        modality: 'CT',
        split: 'train',
      },
    ]);
    expect(ids(dataset.queries.entries)).toEqual(['liver_0']);
    expect(dataset.splits.get('')).toBe(1);
    expect((await openDataset(join(root, 'dataset.json'), { splits: [csv] })).queries.entries).toHaveLength(
      1,
    );
  });

  describe('with the lists of 3D-MIR', () => {
    const list = (name: string, ...lines: readonly string[]) =>
      writeFixture(folder, `${name}-list.csv`, `${lines.join('\n')}\n`);

    it('has train and test, and names the volumes that it lacks', async () => {
      const train = list('train', ',training', '7,liver_1.nii.gz', '9,pancreas_2.nii.gz');
      const test = list('test', 'testing', 'liver_0');
      const { database, queries } = await openDataset(root, { splits: [train, test] });
      expect([database.split, ids(database.entries)]).toEqual(['train', ['liver_1']]);
      expect(database.leftOut).toEqual([{ id: 'pancreas_2.nii.gz', reason: 'not in the data set' }]);
      expect([queries.split, ids(queries.entries)]).toEqual(['test', ['liver_0']]);
      expect(queries.leftOut).toEqual([]);
    });

    it('has the same sides in a cohort', async () => {
      const path = cohort('listed', 'a,a.nii,am.nii,,database', 'b,b.nii,bm.nii,,query');
      const splits = [list('cohort-train', 'training', 'b.nii'), list('cohort-test', 'testing', 'a')];
      const { database, queries } = await openDataset(path, { splits });
      expect([ids(database.entries), ids(queries.entries)]).toEqual([['b'], ['a']]);
    });

    it('refuses a volume in both lists', async () => {
      const train = list('twice-train', 'training', 'liver_1.nii.gz');
      const test = list('twice-test', 'testing', 'liver_0', 'liver_1');
      await expect(openDataset(root, { splits: [train, test] })).rejects.toMatchObject({
        code: 'COHORT_INVALID',
        subject: test,
        reason: 'line 3: the volume "liver_1" has a split already',
      });
    });

    it('refuses a line without a name', async () => {
      const train = list('empty-train', ',training', '0,liver_1', '1,');
      await expect(openDataset(root, { splits: [train] })).rejects.toMatchObject({
        code: 'COHORT_INVALID',
        subject: train,
        reason: 'line 3: there is no name',
      });
    });
  });

  it.each([
    ['an unknown volume', ['liver_7,train'], /line 2: there is no volume "liver_7"/],
    ['a volume twice', ['liver_0,train', 'liver_0,test'], /line 3: the volume "liver_0" has a split already/],
    ['no split', ['liver_0,'], /line 2: the field split is empty/],
  ])('refuses a CSV with %s', async (name, rows, reason) => {
    await expect(openDataset(root, { splits: [splits(name, ...rows)] })).rejects.toMatchObject({
      code: 'COHORT_INVALID',
      reason: expect.stringMatching(reason),
    });
  });

  it.each([
    ['no JSON', '{', /not JSON/],
    ['no list of cases', '{"labels": {"1": "liver"}}', /training: /],
    ['a case without a label', '{"labels": {}, "training": [{"image": "a.nii"}]}', /training\.0\.label: /],
  ])('refuses a dataset.json with %s', async (name, text, reason) => {
    const broken = join(folder, `broken ${name}`);
    mkdirSync(broken);
    const path = writeFixture(broken, 'dataset.json', text);
    await expect(openDataset(broken)).rejects.toMatchObject({
      code: 'COHORT_INVALID',
      subject: path,
      reason: expect.stringMatching(reason),
    });
  });

  it('refuses two cases of one name', async () => {
    const doubled = join(folder, 'doubled');
    mkdirSync(doubled);
    const training = [...description.training, { image: './more/liver_0.nii.gz', label: './more/l.nii.gz' }];
    writeFixture(doubled, 'dataset.json', JSON.stringify({ ...description, training }));
    await expect(openDataset(doubled)).rejects.toMatchObject({
      code: 'COHORT_INVALID',
      reason: expect.stringContaining('two volumes have the id "liver_0"'),
    });
  });
});
