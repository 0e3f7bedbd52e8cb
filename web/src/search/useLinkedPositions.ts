import { useEffect, useRef, useState } from 'react';
import type { ViewedImage } from '../api/images.js';
import {
  across,
  centre,
  movedToSlice,
  planeAcross,
  sliceAtPosition,
  slicePosition,
  type Vector3,
} from '../geometry/grid.js';
import type { SliceLink } from '../geometry/slice-link.js';

interface LinkedPositionsOptions {
  readonly query: ViewedImage | null;
  readonly hit: ViewedImage | null;
  /** How the two scroll together; null while there is no hit. */
  readonly link: SliceLink | null;
  readonly linked: boolean;
  /** Where the query opens: slice index along the file's own axis. */
  readonly firstSlice: number | null;
  /** From the address. */
  readonly position: Vector3 | null;
  readonly hitPosition: Vector3 | null;
  /** Called a moment after the last movement. */
  readonly onSettled: (position: Vector3 | null, hitPosition: Vector3 | null) => void;
}

interface LinkedPositions {
  readonly position: Vector3 | null;
  readonly hitPosition: Vector3 | null;
  readonly moveQuery: (position: Vector3) => void;
  readonly moveHit: (position: Vector3) => void;
  /** To a slice of each, linked or not. */
  readonly jump: (querySlice: number, hitSlice: number) => void;
}

/** An address is written so long after the last movement. */
const settledAfterMs = 300;

interface Places {
  readonly query: { readonly key: string; readonly at: Vector3 } | null;
  readonly hit: {
    readonly key: string;
    /** What it was aligned with when it was set; null: it was set on its own. */
    readonly along: SliceLink | null;
    readonly at: Vector3;
  } | null;
}

/** The crosshairs of query and hit, and how moving one moves the other. */
export function useLinkedPositions(options: LinkedPositionsOptions): LinkedPositions {
  const { query, hit, link, linked, firstSlice, onSettled } = options;
  const along = linked ? link : null;
  const [places, setPlaces] = useState<Places>({ query: null, hit: null });
  const written = useRef({ position: options.position, hitPosition: options.hitPosition });

  // Where there is no place yet, the address says it, or else the part and the link.
  let { query: queryPlace, hit: hitPlace } = places;
  if (query !== null && queryPlace?.key !== query.key) {
    queryPlace = { key: query.key, at: options.position ?? atSlice(query, centre(query), firstSlice) };
  }
  if (query !== null && queryPlace !== null && hit !== null && link !== null) {
    const matched = () => link.toHit(acrossStack(query, queryPlace!.at));
    if (hitPlace?.key !== hit.key) {
      hitPlace = { key: hit.key, along, at: options.hitPosition ?? linkedPlace(hit, centre(hit), matched()) };
    } else if (linked && hitPlace.along !== link) {
      // Linked again, or another search found the same volume, elsewhere perhaps.
      hitPlace = { key: hit.key, along, at: linkedPlace(hit, hitPlace.at, matched()) };
    }
  }
  if (queryPlace !== places.query || hitPlace !== places.hit) setPlaces({ query: queryPlace, hit: hitPlace });

  useEffect(() => {
    const known = written.current;
    if (samePoint(known.position, options.position) && samePoint(known.hitPosition, options.hitPosition))
      return;
    // The address was changed by others: the button Back, another volume, another part.
    written.current = { position: options.position, hitPosition: options.hitPosition };
    setPlaces({ query: null, hit: null });
  }, [options.position, options.hitPosition]);

  const position = query !== null && queryPlace?.key === query.key ? queryPlace.at : null;
  const hitPosition = hit !== null && hitPlace?.key === hit.key ? hitPlace.at : null;

  useEffect(() => {
    if (position === null) return;
    const timer = setTimeout(() => {
      written.current = {
        position: roundPoint(position),
        hitPosition: hitPosition === null ? null : roundPoint(hitPosition),
      };
      onSettled(written.current.position, written.current.hitPosition);
    }, settledAfterMs);
    return () => clearTimeout(timer);
  }, [position, hitPosition, onSettled]);

  return {
    position,
    hitPosition,
    moveQuery: (at) => {
      if (query === null) return;
      const moved = { key: query.key, at };
      const follows = along !== null && hit !== null && hitPosition !== null;
      setPlaces({
        query: moved,
        hit: follows
          ? { key: hit.key, along, at: linkedPlace(hit, hitPosition, along.toHit(acrossStack(query, at))) }
          : hitPlace,
      });
    },
    moveHit: (at) => {
      if (hit === null) return;
      const follows = along !== null && query !== null && position !== null;
      setPlaces({
        query: follows
          ? { key: query.key, at: linkedPlace(query, position, along.toQuery(acrossStack(hit, at))) }
          : queryPlace,
        hit: { key: hit.key, along, at },
      });
    },
    jump: (querySlice, hitSlice) => {
      if (query === null || hit === null || position === null || hitPosition === null) return;
      setPlaces({
        query: { key: query.key, at: atSlice(query, position, querySlice) },
        hit: { key: hit.key, along, at: atSlice(hit, hitPosition, hitSlice) },
      });
    },
  };
}

/** @returns coordinate of a point across the plane of the archive's slices, mm. */
function acrossStack(image: ViewedImage, point: Vector3): number {
  return across(planeAcross(image, image.sliceAxis), point);
}

function atSlice(image: ViewedImage, point: Vector3, slice: number | null): Vector3 {
  return slice === null ? point : movedToSlice(image, planeAcross(image, image.sliceAxis), point, slice);
}

/** The point moved into the slice that lies nearest to a position across the archive's plane. */
function linkedPlace(image: ViewedImage, point: Vector3, positionMm: number): Vector3 {
  const plane = planeAcross(image, image.sliceAxis);
  return atSlice(image, point, sliceAtPosition(image, plane, positionMm));
}

function roundPoint(point: Vector3): Vector3 {
  return point.map((mm) => Number(mm.toFixed(1))) as unknown as Vector3;
}

function samePoint(a: Vector3 | null, b: Vector3 | null): boolean {
  return a === b || (a !== null && b !== null && a.every((value, axis) => value === b[axis]));
}

/** @returns position of a slice of an image along the archive's plane, mm. */
export function positionOfSlice(image: ViewedImage, slice: number): number {
  return slicePosition(image, planeAcross(image, image.sliceAxis), slice);
}
