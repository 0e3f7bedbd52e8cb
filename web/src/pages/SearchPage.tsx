import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { volumeQuery } from '../api/queries.js';
import type { Vector3 } from '../geometry/grid.js';
import { movedBySlices, planeAcross, sliceAt } from '../geometry/grid.js';
import { linkSlices } from '../geometry/slice-link.js';
import { HitList } from '../search/HitList.js';
import { HitPane } from '../search/HitPane.js';
import { positionOfSlice } from '../search/linked-places.js';
import { middleSlice } from '../search/middle-slice.js';
import { QueryPane } from '../search/QueryPane.js';
import { QueryPanel } from '../search/QueryPanel.js';
import { hasRectangle, queryRequestOf, type SearchState, searchRequestOf } from '../search/search-state.js';
import { Toolbar } from '../search/Toolbar.js';
import { useLinkedPositions } from '../search/useLinkedPositions.js';
import { useArchivedImage, useQueryImage } from '../search/useQueryImage.js';
import { useSearchAnswer } from '../search/useSearchAnswer.js';
import { useSearchKeys } from '../search/useSearchKeys.js';
import { useSearchState } from '../search/useSearchState.js';
import { WhyPanel } from '../search/WhyPanel.js';
import type { Layout } from '../viewer/tiles.js';
import { defaultWindow, nextPreset, presets, type WindowPreset } from '../viewer/windows.js';
import styles from './SearchPage.module.css';

/** Hits on screen at once, about. */
const prefetchedHits = 10;

/** Choose a volume or a part of it, see what is alike, and why. */
export function SearchPage() {
  const { state, update } = useSearchState();
  const { image: query, error: queryError, retry: retryQuery } = useQueryImage(state.source);
  const request = useMemo(() => searchRequestOf(state), [state]);
  const search = useSearchAnswer(request);
  const hit = search.answer?.hits.find(({ volume }) => volume === state.hit) ?? null;
  const { image: hitImage, error: hitError, retry: retryHit } = useArchivedImage(state.hit);
  const [drawing, setDrawing] = useState(false);
  const [activeSide, setActiveSide] = useState<'query' | 'hit'>('query');
  const filterField = useRef<HTMLInputElement>(null);

  const link = useMemo(() => {
    if (query === null || hit === null || hit.matches.length === 0) return null;
    return linkSlices(
      hit.matches.map(({ querySlice, positionMm, similarity }) => ({
        queryMm: positionOfSlice(query, querySlice),
        hitMm: positionMm,
        similarity,
      })),
    );
  }, [query, hit]);

  const writePlaces = useCallback(
    (position: Vector3 | null, hitPosition: Vector3 | null) => update({ position, hitPosition }, 'replace'),
    [update],
  );
  // Opening a hit then needs its pictures only.
  const queries = useQueryClient();
  useEffect(() => {
    for (const { volume } of search.answer?.hits.slice(0, prefetchedHits) ?? []) {
      void queries.prefetchQuery(volumeQuery(volume));
    }
  }, [queries, search.answer]);

  const places = useLinkedPositions(
    {
      query,
      hit: hitImage,
      link,
      linked: state.linked,
      firstSlice: query === null ? null : middleSlice(query, state.part),
      position: state.position,
      hitPosition: state.hitPosition,
    },
    writePlaces,
  );
  const { position, hitPosition } = places;

  const stackPlane = query === null ? 'axial' : planeAcross(query, query.sliceAxis);
  const layout = state.layout ?? stackPlane;
  const hasCt = query?.modality === 'CT' || hitImage?.modality === 'CT';
  const preset = state.window ?? defaultWindow('CT');
  const shownPreset = presets.find(({ name }) => name === (hasCt ? preset : 'auto'))?.name ?? null;
  const querySlice = query === null || position === null ? 0 : sliceAt(query, stackPlane, position);
  const hitSlice =
    hitImage === null || hitPosition === null
      ? 0
      : sliceAt(hitImage, planeAcross(hitImage, hitImage.sliceAxis), hitPosition);

  /** A change of the search: the place in the query is kept, unless another part asks for another. */
  const change = (next: Partial<SearchState>) => {
    const moves = next.part !== undefined && ['slices', 'label', 'slice'].includes(next.part.kind);
    update({ ...next, ...(moves ? { position: null } : {}), hitPosition: null }, 'push');
  };
  const choosePreset = (window: WindowPreset) =>
    update({ window, queryWindow: null, hitWindow: null }, 'replace');
  const chooseHit = (volume: string) => update({ hit: volume, hitPosition: null, hitWindow: null }, 'push');
  const stepHit = (by: 1 | -1) => {
    const hits = search.answer?.hits ?? [];
    const now = hits.findIndex(({ volume }) => volume === state.hit);
    const next = hits[now < 0 ? 0 : Math.min(hits.length - 1, Math.max(0, now + by))];
    if (next !== undefined && next.volume !== state.hit) chooseHit(next.volume);
  };
  const stepSlices = (slices: number) => {
    const side = activeSide === 'hit' && hitImage !== null && hitPosition !== null ? 'hit' : 'query';
    const [image, at] = side === 'hit' ? [hitImage, hitPosition] : [query, position];
    if (image === null || at === null) return;
    const plane = layout === 'planes' || layout === 'render' ? planeAcross(image, image.sliceAxis) : layout;
    const moved = movedBySlices(image, plane, at, slices);
    if (side === 'hit') places.moveHit(moved);
    else places.moveQuery(moved);
  };
  const toMatch = (end: 'first' | 'last') => {
    const slices = hit?.matches.map(({ querySlice: slice }) => slice) ?? [];
    const slice =
      slices.length === 0 ? undefined : end === 'first' ? Math.min(...slices) : Math.max(...slices);
    const match = hit?.matches.find((candidate) => candidate.querySlice === slice);
    if (match !== undefined) places.jump(match.querySlice, match.slice);
  };

  const toggleLink = () => update({ linked: !state.linked }, 'replace');
  const toggleMask = () => update({ maskShown: !state.maskShown }, 'replace');
  const chooseLayout = (next: Layout) => update({ layout: next }, 'replace');
  useSearchKeys({
    stepHit,
    stepSlices,
    toMatch,
    chooseLayout,
    nextWindow: () => choosePreset(nextPreset(preset)),
    toggleLink,
    toggleMask,
    toggleDrawing: () => setDrawing((now) => query !== null && !now),
    stopDrawing: () => setDrawing(false),
    searchAgain: search.again,
    focusFilter: () => filterField.current?.focus(),
  });

  useEffect(() => {
    document.title = query === null ? 'Voxseek' : `${query.title} - Voxseek`;
  }, [query]);
  const hitRequest = useMemo(() => {
    const asked = queryRequestOf(state);
    return asked === null || state.hit === null ? null : { ...asked, hit: state.hit };
  }, [state]);

  return (
    <main className={styles.page}>
      <h1 className="visually-hidden">Search</h1>
      <QueryPanel
        state={state}
        image={query}
        onSource={(source) => {
          setDrawing(false);
          update(
            {
              source,
              part: { kind: 'whole' },
              hit: null,
              position: null,
              hitPosition: null,
              queryWindow: null,
              hitWindow: null,
            },
            'push',
          );
        }}
        onChange={change}
        currentSlice={querySlice}
        drawing={drawing}
        onDrawing={setDrawing}
        searching={search.searching}
        onSearch={search.again}
        filterField={filterField}
      />

      <div className={styles.middle}>
        <Toolbar
          layout={layout}
          onLayout={chooseLayout}
          preset={state.queryWindow === null && state.hitWindow === null ? shownPreset : null}
          onPreset={choosePreset}
          hasCt={hasCt}
          maskShown={state.maskShown}
          hasMask={query?.hasMask === true || hitImage?.hasMask === true}
          onMask={toggleMask}
          linked={state.linked}
          canLink={link !== null}
          onLink={toggleLink}
        />
        <div className={styles.viewers}>
          <QueryPane
            state={state}
            image={query}
            error={queryError}
            onRetry={retryQuery}
            layout={layout}
            window={state.queryWindow ?? preset}
            onWindow={(queryWindow) => update({ queryWindow }, 'replace')}
            position={position}
            onPosition={places.moveQuery}
            drawing={drawing}
            onPart={(part) => change({ part })}
            // Beside a hit that has labels too, the panel below names them.
            legend={state.hit === null || hitImage?.detail?.labels.length === 0}
            // Hits come first: both take all that a small machine has. An upload has to be encoded, which takes long.
            hold={state.source?.kind === 'volume' && search.searching && search.answer === null}
            onActive={() => setActiveSide('query')}
          />
          {query === null || state.hit === null ? null : (
            <HitPane
              volume={state.hit}
              hit={hit}
              located={hasRectangle(state.part) && hit !== null ? hitRequest : null}
              searching={search.searching}
              image={hitImage}
              error={hitError}
              onRetry={retryHit}
              layout={layout}
              window={state.hitWindow ?? preset}
              onWindow={(hitWindow) => update({ hitWindow }, 'replace')}
              position={hitPosition}
              onPosition={places.moveHit}
              maskShown={state.maskShown}
              onActive={() => setActiveSide('hit')}
            />
          )}
        </div>
        {query !== null && hit !== null && hitImage !== null && hitRequest !== null ? (
          <WhyPanel
            request={hitRequest}
            hit={hit}
            query={query}
            hitImage={hitImage}
            querySlice={querySlice}
            hitSlice={hitSlice}
            onJump={places.jump}
            maskShown={state.maskShown}
          />
        ) : null}
      </div>

      <HitList
        answer={search.answer}
        searching={search.searching}
        // Where the query itself is missing, it says so.
        error={queryError === null ? search.error : null}
        onRetry={search.again}
        chosen={state.hit}
        onChoose={chooseHit}
        elapsedMs={search.elapsedMs}
        asked={state.source !== null}
      />
    </main>
  );
}
