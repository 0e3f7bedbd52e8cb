import type { Subject } from './subject.js';

/**
 * Mean attenuation of each tissue of one subject in Hounsfield units. Contrast medium sets those of vessels,
 * heart and parenchyma: first pass (arterial, about 30 s) or portal venous (about 70 s).
 */
export interface TissueValues {
  readonly fat: number;
  readonly muscle: number;
  readonly skin: number;
  readonly softTissue: number;
  readonly cortex: number;
  readonly marrow: number;
  readonly yellowMarrow: number;
  readonly cartilage: number;
  readonly disc: number;
  readonly lung: number;
  readonly airway: number;
  readonly gas: number;
  readonly fluid: number;
  readonly urine: number;
  readonly brain: number;
  readonly whiteMatter: number;
  readonly cerebrospinalFluid: number;
  readonly gland: number;
  readonly liver: number;
  readonly spleen: number;
  readonly pancreas: number;
  readonly adrenal: number;
  readonly kidneyCortex: number;
  readonly kidneyMedulla: number;
  readonly bowelWall: number;
  readonly bowelContent: number;
  readonly artery: number;
  readonly vein: number;
  readonly superiorVein: number;
  readonly portalVein: number;
  readonly pulmonaryArtery: number;
  readonly heartLeft: number;
  readonly heartRight: number;
  readonly myocardium: number;
  readonly thyroid: number;
}

const byPhase = {
  native: {
    liver: 58,
    spleen: 48,
    pancreas: 38,
    adrenal: 28,
    kidneyCortex: 33,
    kidneyMedulla: 30,
    bowelWall: 36,
    artery: 42,
    vein: 40,
    superiorVein: 41,
    portalVein: 40,
    pulmonaryArtery: 42,
    heartLeft: 42,
    heartRight: 41,
    myocardium: 48,
    thyroid: 105,
    brain: 37,
    muscle: 52,
  },
  arterial: {
    liver: 68,
    spleen: 125,
    pancreas: 98,
    adrenal: 70,
    kidneyCortex: 185,
    kidneyMedulla: 70,
    bowelWall: 85,
    artery: 300,
    vein: 70,
    superiorVein: 260,
    portalVein: 85,
    pulmonaryArtery: 250,
    heartLeft: 285,
    heartRight: 230,
    myocardium: 105,
    thyroid: 165,
    brain: 40,
    muscle: 56,
  },
  portal: {
    liver: 108,
    spleen: 118,
    pancreas: 88,
    adrenal: 72,
    kidneyCortex: 178,
    kidneyMedulla: 160,
    bowelWall: 78,
    artery: 150,
    vein: 128,
    superiorVein: 138,
    portalVein: 172,
    pulmonaryArtery: 142,
    heartLeft: 148,
    heartRight: 144,
    myocardium: 112,
    thyroid: 140,
    brain: 42,
    muscle: 62,
  },
} as const;

export function tissueValues(subject: Subject): TissueValues {
  const random = subject.random('tissue');
  const phase = byPhase[subject.phase];
  // How strongly contrast arrives differs between people; without contrast there is nothing to differ.
  const bolus = subject.phase === 'native' ? 1 : random.between(0.82, 1.15);
  const steatosis = random.chance(0.25) ? random.between(10, 34) : random.between(-4, 6);
  // Bone loses density with age.
  const bone = 1.15 - 0.006 * (subject.age - 40) + 0.08 * random.normal();
  return {
    fat: random.between(-112, -96),
    muscle: phase.muscle - Math.max(0, subject.age - 60) * 0.25,
    skin: 10,
    softTissue: 38,
    cortex: 620 + 200 * bone,
    marrow: 190 * bone,
    yellowMarrow: -40 + 60 * bone,
    cartilage: random.between(80, 150),
    disc: random.between(75, 100),
    lung: random.between(-890, -815) + 1.2 * -subject.inspiration,
    airway: -990,
    gas: -960,
    fluid: 8,
    urine: random.between(0, 14),
    brain: phase.brain,
    whiteMatter: phase.brain - 9,
    cerebrospinalFluid: 6,
    gland: 25,
    liver: Math.max(24, phase.liver * (0.8 + 0.2 * bolus) - steatosis),
    spleen: phase.spleen * bolus,
    pancreas: phase.pancreas * bolus - Math.max(0, subject.age - 65) * 0.4,
    adrenal: phase.adrenal,
    kidneyCortex: phase.kidneyCortex * bolus,
    kidneyMedulla: phase.kidneyMedulla * bolus,
    bowelWall: phase.bowelWall,
    bowelContent: random.between(12, 40),
    artery: phase.artery * bolus,
    vein: phase.vein * bolus,
    superiorVein: phase.superiorVein * bolus,
    portalVein: phase.portalVein * bolus,
    pulmonaryArtery: phase.pulmonaryArtery * bolus,
    heartLeft: phase.heartLeft * bolus,
    heartRight: phase.heartRight * bolus,
    myocardium: phase.myocardium,
    thyroid: phase.thyroid,
  };
}
