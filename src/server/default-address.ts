/** Where a server listens that is told nothing else: at this machine only. */
export const defaultHost = '127.0.0.1';
export const defaultPort = 7700;
