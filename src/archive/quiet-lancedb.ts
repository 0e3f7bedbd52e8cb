/**
 * LanceDB writes its log to stderr unless this is set when its library is loaded: import this module before it.
 */
process.env.LANCEDB_LOG ??= 'error';
