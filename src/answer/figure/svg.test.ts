import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { escapeXml, svgDocument, textElement } from './svg.js';

describe('escapeXml', () => {
  it('escapes markup', () => {
    expect(escapeXml(`<b a="1" c='2'> & </b>`)).toBe(
      '&lt;b a=&quot;1&quot; c=&apos;2&apos;&gt; &amp; &lt;/b&gt;',
    );
    expect(escapeXml('&amp;')).toBe('&amp;amp;');
  });

  it('replaces what no XML may contain', () => {
    expect(escapeXml('a\u0000b\u001bc\ufffed')).toBe('a\ufffdb\ufffdc\ufffdd');
    expect(escapeXml('half \ud83d of a pair')).toBe('half \ufffd of a pair');
  });

  it('keeps everything else', () => {
    expect(escapeXml('Größe 5 µm, 頭頸部, 🫁')).toBe('Größe 5 µm, 頭頸部, 🫁');
  });
});

describe('svgDocument', () => {
  it('is well-formed whatever the text', () => {
    const hostile = `</text></svg><script>"'&\u0000\ud800`;
    const svg = svgDocument(40, 20, [textElement(1, 10, hostile, { size: 8 })]);
    expect(svg.match(/<\/svg>/g)).toHaveLength(1);
    expect(new Resvg(svg, { font: { loadSystemFonts: false } }).width).toBe(40);
  });
});
