import { InferenceSession } from 'onnxruntime-node';
import { type GraphDefinition, serializeGraph } from './graph.js';

/** By name of the graph. Sessions are made once and kept: made anew they would leak. */
const sessions = new Map<string, Promise<InferenceSession>>();

/** For products that take long. */
export function session(graph: GraphDefinition): Promise<InferenceSession> {
  return kept(graph, {});
}

/**
 * For many products of a millisecond or so. The threads of onnxruntime otherwise wait for each other, and for the
 * next product, in loops that keep the cores busy: more than the work itself, and much more where other programs
 * want the cores too.
 */
export function sessionForSmall(graph: GraphDefinition): Promise<InferenceSession> {
  return kept(graph, { extra: { session: { intra_op: { allow_spinning: '0' } } } });
}

function kept(graph: GraphDefinition, options: InferenceSession.SessionOptions): Promise<InferenceSession> {
  let made = sessions.get(graph.name);
  if (made === undefined) {
    made = InferenceSession.create(serializeGraph(graph), {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...options,
    });
    sessions.set(graph.name, made);
  }
  return made;
}
