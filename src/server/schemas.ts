/**
 * The shapes of everything that goes over the HTTP API, the one source of its validation, its OpenAPI document
 * and the types of the viewer. Positions and boxes are RAS+ mm; slice indices count along the own axis of the
 * volume's file, from 0, as everywhere in Voxseek.
 */

export * from './schemas/archive.js';
export * from './schemas/jobs.js';
export * from './schemas/map.js';
export * from './schemas/pictures.js';
export * from './schemas/problem.js';
export * from './schemas/reports.js';
export * from './schemas/search.js';
export * from './schemas/server.js';
export * from './schemas/uploads.js';
export * from './schemas/volumes.js';
