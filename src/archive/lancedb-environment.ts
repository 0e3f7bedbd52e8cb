/**
 * What LanceDB reads from the environment when its library is loaded or first used: import this module before it.
 * A user's own settings hold.
 */

/** It would write its log to stderr. */
process.env.LANCEDB_LOG ??= 'error';

/** It builds HNSW graphs in this many threads; in more than one, no two builds of the same vectors are alike. */
process.env.RAYON_NUM_THREADS ??= '1';
