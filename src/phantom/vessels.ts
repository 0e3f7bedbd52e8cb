import { mirroredTube, paintAll, type Scene } from './scene.js';
import { labelNumber, lungLabels, only, sides, signOf, unlabelled } from './structures.js';
import { type TubePoint, tube } from './tube.js';

/** Great vessels of the chest: aorta, pulmonary artery, venae cavae and their branches. */
export function drawThoracicVessels(scene: Scene): void {
  const { subject, tissue } = scene;
  const random = subject.random('thoracic-vessels');
  // The aorta widens and elongates with age.
  const wide = 0.95 + 0.004 * (subject.age - 50) + 0.04 * random.normal();
  const arch = 4 * random.normal();
  const vessel = (points: readonly TubePoint[], value: number, structure: number, onto?: Uint8Array) =>
    paintAll(scene, tube(points, 4), value, structure, onto);

  const superiorVein: TubePoint[] = [
    [24, 4, 508, 8.5],
    [27, 2, 470, 9.5],
    [30, 6, 428, 10],
  ];
  vessel(superiorVein, tissue.superiorVein, unlabelled.softTissue);
  vessel(
    [
      [-44, 12, 530, 6],
      [-20, 20, 515, 6.5],
      [22, 8, 502, 7],
    ],
    tissue.superiorVein,
    unlabelled.softTissue,
  );
  const pulmonary = labelNumber('pulmonary_artery');
  for (const branch of [
    [
      [-14, 8, 458, 12],
      [14, -8, 456, 11],
      [38, -14, 452, 9.5],
      [56, -20, 440, 6.5],
    ],
    [
      [-14, 8, 460, 12],
      [-30, -10, 466, 11],
      [-46, -24, 460, 9],
      [-56, -34, 446, 6.5],
    ],
    [
      [-16, 40, 432, 13],
      [-18, 32, 446, 13.5],
      [-15, 14, 460, 13],
    ],
  ] as TubePoint[][]) {
    vessel(branch, tissue.pulmonaryArtery, pulmonary);
  }
  for (const side of sides) {
    for (const height of [404, 432]) {
      vessel(
        mirroredTube(
          [
            [22, -14, 418, 7],
            [50, -16, height + 6, 5.5],
            [68, -10, height, 3.5],
          ],
          signOf[side],
        ),
        tissue.heartLeft,
        unlabelled.softTissue,
        only(...lungLabels, unlabelled.mediastinum),
      );
    }
  }
  const aorta = labelNumber('aorta');
  const aorticPath: TubePoint[] = [
    [-4, 18, 424, 14],
    [10, 20, 450, 15],
    [12, 12, 474 + arch, 14.5],
    [2, -4, 492 + arch, 13.5],
    [-14, -22, 492 + arch, 12.5],
    [-23, -40, 474, 12],
    [-24, -48, 445, 11.8],
    [-22, -48, 410, 11.5],
    [-17, -44, 370, 11.2],
    [-12, -34, 335, 11],
    [-9, -24, 298, 10.5],
  ];
  vessel(
    aorticPath.map(([x, y, z, radius]) => [x, y, z, radius * wide]),
    tissue.artery,
    aorta,
  );
  for (const branch of [
    [
      [10, 2, 486, 6],
      [17, 4, 520, 5.6],
      [26, 0, 548, 5],
    ],
    [
      [-2, -8, 492, 4.5],
      [-14, -4, 525, 4.2],
      [-24, 0, 560, 3.8],
    ],
    [
      [-14, -22, 492, 5],
      [-26, -22, 525, 4.6],
      [-50, -20, 545, 4.2],
      [-100, -14, 530, 4],
    ],
    [
      [26, 0, 546, 5],
      [55, -18, 546, 4.2],
      [100, -14, 530, 4],
    ],
  ] as TubePoint[][]) {
    vessel(branch, tissue.artery, unlabelled.softTissue);
  }
  for (const side of sides) {
    vessel(
      mirroredTube(
        [
          [44, 14, 532, 6],
          [70, 4, 536, 5.5],
          [108, 0, 522, 5],
        ],
        signOf[side],
      ),
      side === 'left' ? tissue.superiorVein : tissue.vein,
      unlabelled.softTissue,
    );
  }
}

/** Abdominal aorta, inferior vena cava, iliac vessels, and the branches of the aorta. */
export function drawAbdominalVessels(scene: Scene): void {
  const { subject, tissue } = scene;
  const random = subject.random('abdominal-vessels');
  const wide = 0.95 + 0.005 * (subject.age - 50) + 0.05 * random.normal();
  const bow = 3 * random.normal();
  const vessel = (points: readonly TubePoint[], value: number, structure: number) =>
    paintAll(scene, tube(points, 4), value, structure);
  const cava = labelNumber('inferior_vena_cava');
  vessel(
    [
      [21, -8, 148, 10],
      [23, -4, 180, 10.5],
      [24, -6, 220, 11],
      [25, -12, 265, 11.5],
      [25, -12, 310, 12.5],
      [26, -6, 345, 13],
      [29, 6, 374, 12.5],
      [31, 10, 392, 12],
    ],
    (tissue.vein + tissue.heartRight) / 2,
    cava,
  );
  for (const side of sides) {
    const sign = signOf[side];
    const vein: TubePoint[] =
      side === 'right'
        ? [
            [20, -9, 150, 9],
            [30, -10, 124, 8],
            [46, -24, 92, 7.5],
            [60, -8, 58, 7],
            [70, 26, 26, 7],
            [72, 48, 4, 7],
            [74, 54, -40, 6.5],
          ]
        : [
            [18, -9, 150, 9],
            [-6, -8, 132, 8],
            [-38, -22, 98, 7.5],
            [-60, -8, 58, 7],
            [-70, 26, 26, 7],
            [-72, 48, 4, 7],
            [-74, 54, -40, 6.5],
          ];
    vessel(vein, tissue.vein, labelNumber(`iliac_vena_${side}`));
    const artery: TubePoint[] = [
      [-5, 0, 162, 7 * wide],
      [sign * 20 - 2, 0, 138, 6.2],
      [sign * 44, -10, 104, 6],
      [sign * 62, 8, 66, 5.5],
      [sign * 76, 40, 28, 5.2],
      [sign * 84, 58, 2, 5],
      [sign * 88, 60, -40, 4.8],
    ];
    vessel(artery, tissue.artery, labelNumber(`iliac_artery_${side}`));
    vessel(
      [
        [sign * 44, -12, 104, 4.5],
        [sign * 50, -38, 72, 4],
        [sign * 46, -52, 44, 3],
      ],
      tissue.artery,
      labelNumber(`iliac_artery_${side}`),
    );
    if (!subject.missing.has(`kidney_${side}`)) {
      vessel(
        [
          [sign * 4, -10, 248, 3.4],
          [sign * 26, -18, 244, 3],
          [sign * 44, -34, 248, 3],
        ],
        tissue.artery,
        unlabelled.softTissue,
      );
      vessel(
        [
          [20, -6, 242, 4.5],
          [sign * 30, 0, 240, 4.2],
          [sign * 46, -30, 242, 4],
        ],
        (tissue.vein + tissue.kidneyCortex) / 2,
        unlabelled.softTissue,
      );
    }
  }
  vessel(
    [
      [-9, -24, 300, 10.5 * wide],
      [-8 + bow, -15, 262, 10 * wide],
      [-7 + 2 * bow, -6, 225, 9.2 * wide],
      [-6 + bow, -1, 190, 8.8 * wide],
      [-5, 0, 160, 8.4 * wide],
    ],
    tissue.artery,
    labelNumber('aorta'),
  );
  // Coeliac trunk and superior mesenteric artery.
  vessel(
    [
      [-8, -12, 276, 4],
      [-6, 8, 282, 3.6],
      [20, 16, 290, 3],
      [46, 18, 300, 2.6],
    ],
    tissue.artery,
    unlabelled.softTissue,
  );
  vessel(
    [
      [-8, -8, 258, 4],
      [-6, 12, 240, 4],
      [-2, 24, 205, 3.8],
      [14, 30, 160, 3],
    ],
    tissue.artery,
    unlabelled.softTissue,
  );
}

/** Portal vein with the splenic and the superior mesenteric vein. */
export function drawPortalVeins(scene: Scene): void {
  const { tissue, subject } = scene;
  const label = labelNumber('portal_vein_and_splenic_vein');
  const vessel = (points: readonly TubePoint[]) => paintAll(scene, tube(points, 4), tissue.portalVein, label);
  vessel([
    [14, 14, 258, 7],
    [24, 12, 276, 7],
    [40, 12, 294, 6.5],
    [58, 10, 306, 5.5],
  ]);
  vessel([
    [50, 11, 302, 5],
    [30, 24, 312, 4.5],
    [14, 34, 318, 3.5],
  ]);
  const hilum: TubePoint = subject.missing.has('spleen') ? [-58, -12, 296, 3.5] : [-84, -34, 316, 4];
  vessel([[14, 14, 258, 5.5], [-12, 6, 272, 5.2], [-44, -4, 288, 4.8], hilum]);
  paintAll(
    scene,
    tube([
      [14, 14, 258, 6],
      [10, 28, 225, 5.5],
      [16, 32, 175, 4],
    ]),
    tissue.portalVein,
    unlabelled.softTissue,
  );
}
