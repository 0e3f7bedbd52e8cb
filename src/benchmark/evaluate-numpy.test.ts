import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { randomBenchmark } from '../../tests/labelled-slices-fixture.js';
import { describeWithPython } from '../../tests/python.js';
import { randomNumbers } from '../../tests/random.js';
import { evaluate } from './evaluate.js';
import type { LabelledSlices } from './labelled-slices.js';
import { valueByClass } from './metrics/class-values.js';
import { modes, rankings } from './outcomes.js';

/** Recall and localization ratio by class, in NumPy, with one matrix of all similarities and masks over it. */
const program = `
import json, sys
import numpy as np

with open(sys.argv[1]) as file:
    task = json.load(file)

def side(name):
    data = task[name]
    vectors = np.array(data['vectors'], np.float64)
    voxels = np.array(data['voxels'], np.int64)
    owner = np.repeat(np.arange(len(data['sizes'])), data['sizes'])
    return vectors, voxels, owner, len(data['sizes'])

D, d_voxels, d_owner, d_count = side('database')
Q, q_voxels, q_owner, q_count = side('queries')
present = d_voxels > 0
asked = q_voxels >= task['minVoxels']
S = (Q @ D.T).astype(np.float32).astype(np.float64)
first = S.argmax(1)                      # argmax takes the first of equal ones: smaller id, then smaller index
similarity = S.max(1)
in_volume = np.stack([present[d_owner == v].any(0) for v in range(d_count)])
best = np.stack([S[:, d_owner == v].max(1) for v in range(d_count)], 1)
where = np.stack([np.flatnonzero(d_owner == v)[S[:, d_owner == v].argmax(1)] for v in range(d_count)], 1)

def answer(q, ranking):
    owners = d_owner[first[q]]
    hits = np.bincount(owners, minlength=d_count)
    sums = np.bincount(owners, weights=similarity[q], minlength=d_count)
    if ranking.startswith('late'):
        score = best[q].sum(0)
        if ranking == 'late-interaction':
            score = np.where(hits > 0, score, -np.inf)
        volume = int(score.argmax())
        order = np.lexsort((where[q, volume], -best[q, volume]))[:task['answers']]
        return volume, where[q, volume][order]
    top = np.full(d_count, -np.inf)
    np.maximum.at(top, owners, similarity[q])
    score = {'count': hits, 'max': top, 'sum': sums}[ranking]
    ranked = [v for v in np.lexsort((np.arange(d_count), -sums, -score)) if hits[v] > 0]
    volume = int(ranked[0])
    return volume, first[q][owners == volume]

def overlap(region, volume, v, c):
    own = np.flatnonzero(d_owner == volume)
    M = S[np.ix_(region, own)]
    span = region[-1] - region[0] + 1
    mm = span * task['queries']['spacings'][v] / task['database']['spacings'][volume]
    length = min(len(own), max(1, int(np.floor(mm + 0.5))))
    parts = [M[:, a:a + length] for a in range(len(own) - length + 1)]
    fits = np.array([(p.max(1).mean() + p.max(0).mean()) / 2 for p in parts])
    found = np.zeros(len(own), bool)
    start = int(np.round(fits, 9).argmax())
    found[start:start + length] = True
    rows = np.flatnonzero(present[own, c])
    if len(rows) == 0:
        return 0.0
    true = np.zeros(len(own), bool)
    true[rows[0]:rows[-1] + 1] = True
    return (found & true).sum() / (found | true).sum()

def mean(values):
    return float(np.mean(values)) if len(values) else None

figures = {}
modes = ('volume', 'region', 'localized', 'ratio', 'range', 'range-half')
classes = range(q_voxels.shape[1])
figures['slice count'] = [mean(present[first[asked[:, c]], c].astype(float)) for c in classes]
for ranking in task['rankings']:
    values = {(mode, c): [] for mode in modes for c in classes}
    for v in range(q_count):
        whole = np.flatnonzero(q_owner == v)
        returned, _ = answer(whole, ranking)
        for c in classes:
            region = whole[asked[whole, c]]
            if len(region) == 0:
                continue
            values['volume', c].append(float(in_volume[returned, c]))
            volume, rows = answer(region, ranking)
            share = present[rows, c].mean()
            values['region', c].append(float(in_volume[volume, c]))
            values['localized', c].append(float(in_volume[volume, c] and share > 0))
            values['ratio', c].append(float(share))
            iou = overlap(region, volume, v, c)
            values['range', c].append(float(iou))
            values['range-half', c].append(float(iou >= 0.5))
    for mode in modes:
        figures[f'{mode} {ranking}'] = [mean(values[mode, c]) for c in classes]
print(json.dumps(figures))
`;

function plain(side: LabelledSlices) {
  const { dimension, embeddings, classes, voxels } = side;
  const lines = (data: Float32Array | Uint32Array, width: number) =>
    Array.from({ length: data.length / width }, (_, row) => [
      ...data.subarray(row * width, (row + 1) * width),
    ]);
  return {
    vectors: lines(embeddings, dimension),
    voxels: lines(voxels, classes.length),
    sizes: side.volumes.map(({ rowCount }) => rowCount),
    spacings: side.volumes.map(({ spacingMm }) => spacingMm),
  };
}

describeWithPython(['numpy'], 'evaluate beside NumPy', (runPython) => {
  it.each([11, 12, 13, 14])('every recall, localization ratio and overlap agrees, seed %i', async (seed) => {
    const folder = mkdtempSync(join(tmpdir(), 'voxseek-evaluate-'));
    try {
      const { database, queries } = randomBenchmark(seed, randomNumbers(seed));
      const options = { minVoxels: 1 + (seed % 3), answers: seed % 2 === 0 ? 3 : 15 };
      const file = join(folder, 'task.json');
      const task = { database: plain(database), queries: plain(queries), rankings, ...options };
      writeFileSync(file, JSON.stringify(task));
      const expected = runPython(folder, program, [file]) as Record<string, (number | null)[]>;
      const outcomes = await evaluate(database, queries, { modes, rankings, ...options });
      expect(Object.keys(expected).sort()).toEqual(
        outcomes.map(({ mode, ranking }) => `${mode} ${ranking}`).sort(),
      );
      for (const one of outcomes) {
        const byClass = valueByClass(one).map(({ value }) => value);
        for (const [c, value] of expected[`${one.mode} ${one.ranking}`]!.entries()) {
          const name = `${one.mode} ${one.ranking} ${one.classes[c]}`;
          if (value === null) expect(byClass[c], name).toBeUndefined();
          else expect(Math.abs(byClass[c]! - value), name).toBeLessThan(1e-6);
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
