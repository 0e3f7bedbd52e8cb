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

/** Where the crosshairs of query and hit are, RAS+ mm; null: nowhere yet. */
export interface Places {
  readonly query: { readonly key: string; readonly at: Vector3 } | null;
  readonly hit: {
    readonly key: string;
    /** What it was aligned with when it was set; null: it was set on its own. */
    readonly along: SliceLink | null;
    readonly at: Vector3;
  } | null;
}

/** What the places depend on. */
export interface Scene {
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
}

export const nowhere: Places = { query: null, hit: null };

/**
 * Gives a place to what has none: the one of the address, or else the query's first slice and for the hit the
 * slice that matches. A hit that is linked again, or was found by another search, goes to its match.
 *
 * @returns `places` itself where all is as it should be.
 */
export function settled(places: Places, scene: Scene): Places {
  const { query, hit, link, linked } = scene;
  if (query === null) return places;
  const queryPlace =
    places.query?.key === query.key
      ? places.query
      : { key: query.key, at: scene.position ?? atSlice(query, centre(query), scene.firstSlice) };
  let hitPlace = places.hit;
  if (hit !== null && link !== null) {
    const along = linked ? link : null;
    const matchMm = link.toHit(acrossStack(query, queryPlace.at));
    if (hitPlace?.key !== hit.key) {
      hitPlace = { key: hit.key, along, at: scene.hitPosition ?? nearPosition(hit, centre(hit), matchMm) };
    } else if (linked && hitPlace.along !== link) {
      hitPlace = { key: hit.key, along, at: nearPosition(hit, hitPlace.at, matchMm) };
    }
  }
  return queryPlace === places.query && hitPlace === places.hit
    ? places
    : { query: queryPlace, hit: hitPlace };
}

/** The query's crosshair was moved: a linked hit goes to the matching slice. */
export function queryMoved(places: Places, { query, hit, link, linked }: Scene, at: Vector3): Places {
  if (query === null) return places;
  const moved = { key: query.key, at };
  if (!linked || link === null || hit === null || places.hit?.key !== hit.key)
    return { ...places, query: moved };
  const matchMm = link.toHit(acrossStack(query, at));
  return { query: moved, hit: { key: hit.key, along: link, at: nearPosition(hit, places.hit.at, matchMm) } };
}

/** The hit's crosshair was moved: the query goes along. */
export function hitMoved(places: Places, { query, hit, link, linked }: Scene, at: Vector3): Places {
  if (hit === null) return places;
  const along = linked ? link : null;
  const moved = { key: hit.key, along, at };
  if (along === null || query === null || places.query?.key !== query.key) return { ...places, hit: moved };
  const matchMm = along.toQuery(acrossStack(hit, at));
  return { query: { key: query.key, at: nearPosition(query, places.query.at, matchMm) }, hit: moved };
}

/** A pair of slices was chosen: both go there, whether they match or not. */
export function jumped(places: Places, scene: Scene, querySlice: number, hitSlice: number): Places {
  const { query, hit, link, linked } = scene;
  if (query === null || hit === null || places.query === null || places.hit === null) return places;
  return {
    query: { key: query.key, at: atSlice(query, places.query.at, querySlice) },
    hit: { key: hit.key, along: linked ? link : null, at: atSlice(hit, places.hit.at, hitSlice) },
  };
}

/** @returns position of a slice of an image along the archive's plane, mm. */
export function positionOfSlice(image: ViewedImage, slice: number): number {
  return slicePosition(image, planeAcross(image, image.sliceAxis), slice);
}

/** @returns coordinate of a point across the plane of the archive's slices, mm. */
function acrossStack(image: ViewedImage, point: Vector3): number {
  return across(planeAcross(image, image.sliceAxis), point);
}

function atSlice(image: ViewedImage, point: Vector3, slice: number | null): Vector3 {
  return slice === null ? point : movedToSlice(image, planeAcross(image, image.sliceAxis), point, slice);
}

/** The point moved into the slice that lies nearest to a position across the archive's plane. */
function nearPosition(image: ViewedImage, point: Vector3, positionMm: number): Vector3 {
  return atSlice(image, point, sliceAtPosition(image, planeAcross(image, image.sliceAxis), positionMm));
}
