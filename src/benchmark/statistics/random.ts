/**
 * Seeded random numbers that are the same on every platform: sfc32 (Chris Doty-Humphrey, PractRand). Not for
 * cryptography.
 *
 * @param seed a whole number; its low 32 bits count.
 * @returns a function that gives 32 uniform bits as an unsigned integer.
 */
export function randomBits(seed: number): () => number {
  let a = 0;
  let b = seed | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = () => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  // The first outputs still show the seed; PractRand discards as many.
  for (let round = 0; round < 15; round++) next();
  return next;
}
