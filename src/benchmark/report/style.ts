/**
 * Colours of text keep a contrast of at least 4.5 to 1 with their background, those of marks 3 to 1, in light
 * and in dark. The series' colours follow Okabe and Ito's for the colour-blind, darkened for white paper.
 */
export const styleSheet = `:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1b2129; --quiet: #566070; --rule: #d5dae1; --stripe: #f4f6f8; --link: #0a5ea8;
  --c1: #0072b2; --c2: #c44e00; --c3: #00795a; --c4: #a03b7e; --c5: #736100; --c6: #4a5361;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --text: #e6e9ee; --quiet: #a3adba; --rule: #333c48; --stripe: #1a2028; --link: #7cc0ff;
    --c1: #56b4e9; --c2: #ff9a52; --c3: #3fcf9f; --c4: #e79ccb; --c5: #e6d04a; --c6: #b6bfca;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: auto; }
body {
  margin: 0 auto; padding: 24px 32px 64px; max-width: 1240px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
}
h1 { margin: 0; font-size: 28px; line-height: 1.25; }
h2 { margin: 48px 0 12px; padding-top: 12px; border-top: 2px solid var(--rule); font-size: 21px; }
h3 { margin: 28px 0 8px; font-size: 17px; }
h4 { margin: 0 0 6px; font-size: 15px; }
p, ul { margin: 8px 0; max-width: 110ch; }
header p { color: var(--quiet); }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; max-width: none; padding: 0; list-style: none; }
.table { max-width: 100%; margin: 12px 0; overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
caption { padding: 4px 0; color: var(--quiet); text-align: left; }
th, td { padding: 4px 16px 4px 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid var(--quiet); vertical-align: bottom; }
tbody th { font-weight: normal; }
.group > * { border-top: 2px solid var(--rule); }
.number { text-align: right; white-space: nowrap; }
thead .number { white-space: normal; }
u { text-underline-offset: 3px; }
figure { margin: 12px 0; }
figcaption { max-width: 100ch; color: var(--quiet); }
details { margin: 8px 0; }
summary { width: fit-content; cursor: pointer; color: var(--link); }
svg { display: block; max-width: 100%; height: auto; margin: 12px 0; font-size: 13px; }
svg text { fill: var(--text); }
svg .tick { fill: var(--quiet); font-size: 12px; }
svg .panel { font-weight: bold; font-size: 14px; }
.axis { stroke: var(--quiet); fill: none; }
.grid { stroke: var(--rule); fill: none; }
.stripe { fill: var(--stripe); }
.mark { stroke: var(--page); stroke-width: 0.8; }
.line { fill: none; stroke-width: 2; }
.interval { fill: none; stroke-width: 2; opacity: 0.55; }
${[1, 2, 3, 4, 5, 6].map((at) => `.mark.c${at} { fill: var(--c${at}); } .line.c${at}, .interval.c${at} { stroke: var(--c${at}); }`).join('\n')}
.gallery figure { padding: 12px 0; border-bottom: 1px solid var(--rule); }
.gallery img { display: block; max-width: 100%; height: auto; margin-bottom: 8px; }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media print { nav, details:not([open]) { display: none; } body { max-width: none; padding: 0; } }
`;
