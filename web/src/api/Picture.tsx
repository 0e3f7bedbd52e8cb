import { type CSSProperties, useState } from 'react';
import { apiAddress } from './base.js';

interface PictureProps {
  /** Path after /v1/. */
  readonly path: string;
  /** Empty where a text beside it says the same. */
  readonly alt: string;
  readonly className?: string | undefined;
  readonly style?: CSSProperties;
  readonly onShown?: () => void;
  /** When it is there, or will not come. */
  readonly onEnded?: () => void;
}

/** A picture from the API; nothing where the server has none. */
export function Picture({ path, alt, className, style, onShown, onEnded }: PictureProps) {
  const [broken, setBroken] = useState<string | null>(null);
  if (broken === path) return null;
  return (
    <img
      src={apiAddress(path)}
      alt={alt}
      className={className}
      style={style}
      decoding="async"
      draggable={false}
      onLoad={() => {
        onShown?.();
        onEnded?.();
      }}
      onError={() => {
        setBroken(path);
        onEnded?.();
      }}
    />
  );
}
