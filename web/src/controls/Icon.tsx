/** Line drawings on a 16 x 16 grid, in the colour of the text around them. */
const paths = {
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14',
  upload: 'M8 10.5V2.5m0 0L5 5.5m3-3 3 3M2.5 10.5v3h11v-3',
  folder: 'M2 12.500v-9h4l1.500 2H14v7H2Z',
  link: 'M6.5 9.5l3-3M7.5 4.5l1-1a2.8 2.8 0 0 1 4 4l-1 1M8.5 11.5l-1 1a2.8 2.8 0 0 1-4-4l1-1',
  unlink: 'M7.5 4.5l1-1a2.8 2.8 0 0 1 4 4l-1 1M8.5 11.5l-1 1a2.8 2.8 0 0 1-4-4l1-1M3 3l10 10',
  mask: 'M8 2.5c3.5 0 5.500 2 5.500 5s-2.500 6-5.500 6-5.500-2.500-5.500-5.500 2-5.500 5.500-5.500ZM5 8.500c1.500-2 4.500-2 6 0',
  box: 'M2.5 5V2.5H5M11 2.500h2.500V5M13.500 11v2.500H11M5 13.500H2.500V11',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1.500v1.500M8 13v1.500M1.500 8H3M13 8h1.500M3.400 3.400l1 1M11.600 11.600l1 1M3.400 12.600l1-1M11.600 4.400l1-1',
  moon: 'M13.500 9.500A5.800 5.800 0 0 1 6.500 2.500a5.800 5.800 0 1 0 7 7Z',
  help: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.300 6.300a1.750 1.750 0 1 1 2.600 1.600c-.600.300-.900.700-.900 1.300M8 11.300v.1',
  close: 'M4 4l8 8M12 4l-8 8',
  warning: 'M8 2.500 14 13.500H2L8 2.500ZM8 6.500v3.500M8 11.800v.1',
  chevron: 'M6 4l4 4-4 4',
  grid: 'M2.500 2.500h4.500v4.500H2.500zM9 2.500h4.500v4.500H9zM2.500 9h4.500v4.500H2.500zM9 9h4.500v4.500H9z',
  cube: 'M8 1.800 13.500 5v6L8 14.200 2.500 11V5L8 1.800ZM2.500 5 8 8.100 13.500 5M8 8.100v6.100',
} as const;

type IconName = keyof typeof paths;

/** Decoration: the control that holds it carries the name. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
