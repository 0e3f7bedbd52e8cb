import { useEffect, useRef, useState } from 'react';
import type { Vector3 } from '../geometry/grid.js';
import { hitMoved, jumped, nowhere, type Places, queryMoved, type Scene, settled } from './linked-places.js';

interface LinkedPositions {
  readonly position: Vector3 | null;
  readonly hitPosition: Vector3 | null;
  readonly moveQuery: (position: Vector3) => void;
  readonly moveHit: (position: Vector3) => void;
  /** To a slice of each, linked or not. */
  readonly jump: (querySlice: number, hitSlice: number) => void;
}

/** An address is written so long after the last movement. */
const writtenAfterMs = 300;

/**
 * The crosshairs of query and hit, which move together.
 *
 * @param onWrite called a moment after the last movement, with places for the address.
 */
export function useLinkedPositions(
  scene: Scene,
  onWrite: (position: Vector3 | null, hitPosition: Vector3 | null) => void,
): LinkedPositions {
  const [kept, setPlaces] = useState<Places>(nowhere);
  const places = settled(kept, scene);
  if (places !== kept) setPlaces(places);

  const { query, hit, position: givenPosition, hitPosition: givenHitPosition } = scene;
  const written = useRef({ position: givenPosition, hitPosition: givenHitPosition });
  useEffect(() => {
    const known = written.current;
    if (samePoint(known.position, givenPosition) && samePoint(known.hitPosition, givenHitPosition)) return;
    // The address was changed by others: the button Back, another volume, another part.
    written.current = { position: givenPosition, hitPosition: givenHitPosition };
    setPlaces(nowhere);
  }, [givenPosition, givenHitPosition]);

  const position = query !== null && places.query?.key === query.key ? places.query.at : null;
  const hitPosition = hit !== null && places.hit?.key === hit.key ? places.hit.at : null;
  useEffect(() => {
    if (position === null) return;
    const timer = setTimeout(() => {
      written.current = {
        position: rounded(position),
        // A hit that is not open yet opens where the address says.
        hitPosition: hitPosition === null ? givenHitPosition : rounded(hitPosition),
      };
      onWrite(written.current.position, written.current.hitPosition);
    }, writtenAfterMs);
    return () => clearTimeout(timer);
  }, [position, hitPosition, givenHitPosition, onWrite]);

  return {
    position,
    hitPosition,
    moveQuery: (at) => setPlaces(queryMoved(places, scene, at)),
    moveHit: (at) => setPlaces(hitMoved(places, scene, at)),
    jump: (querySlice, hitSlice) => setPlaces(jumped(places, scene, querySlice, hitSlice)),
  };
}

function rounded(point: Vector3): Vector3 {
  return point.map((mm) => Number(mm.toFixed(1))) as unknown as Vector3;
}

function samePoint(a: Vector3 | null, b: Vector3 | null): boolean {
  return a === b || (a !== null && b !== null && a.every((value, axis) => value === b[axis]));
}
