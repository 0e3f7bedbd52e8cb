/** Stands for the decompressors of Zarr (see vite.config.ts), which is never read here. */
export default null;
