import { useEffect, useRef, useState } from 'react';
import { Picture } from './Picture.js';
import { waitForTurn } from './thumbnail-turns.js';

interface ThumbnailProps {
  /** Path after /v1/. */
  readonly path: string;
}

/** A small picture beside a text that says what it is; it comes when nothing more urgent is held up by it. */
export function Thumbnail({ path }: ThumbnailProps) {
  const [asked, setAsked] = useState<string | null>(null);
  const release = useRef(() => {});
  useEffect(() => {
    release.current = waitForTurn(() => setAsked(path));
    return () => release.current();
  }, [path]);
  return asked === path ? <Picture path={path} alt="" onEnded={() => release.current()} /> : null;
}
