import { bytesOf, type Pieces } from '../../protobuf.js';
import { messagesOf } from '../onnx-messages.js';
import { type GraphPart, parseNode } from './onnx-model.js';

/**
 * Leaves out weights that nothing uses any more: initializers, nodes that only made weights of them, and inputs of
 * old models that give their names.
 *
 * @param rewritten what stands for each part of the graph now; for those that did not change, their own field.
 * @param replaced names of the weights that rewritten nodes were given, and of what these were made from.
 */
export function withoutUnused(
  graph: readonly GraphPart[],
  rewritten: readonly Pieces[],
  replaced: ReadonlySet<string>,
): Pieces[] {
  const dropped = new Set<GraphPart>();
  // A node that is dropped no longer uses its inputs.
  for (let before = -1; before !== dropped.size; ) {
    before = dropped.size;
    const used = usedNames(graph, rewritten, dropped);
    for (const part of graph) {
      const names = madeBy(part);
      if (names.length > 0 && names.every((name) => replaced.has(name) && !used.has(name))) dropped.add(part);
    }
  }
  return rewritten.filter((_, place) => !dropped.has(graph[place]!));
}

/** Names of the values that a part of a graph gives. */
function madeBy(part: GraphPart): readonly string[] {
  if (part.kind === 'initializer') return [part.tensor.name];
  if (part.kind === 'input') return [part.name];
  return part.kind === 'node' ? part.node.outputs : [];
}

function usedNames(
  graph: readonly GraphPart[],
  rewritten: readonly Pieces[],
  dropped: ReadonlySet<GraphPart>,
): Set<string> {
  const used = new Set<string>();
  for (const [place, part] of graph.entries()) {
    if (dropped.has(part)) continue;
    if (part.kind === 'output') used.add(part.name);
    // A node that was rewritten has other inputs now; it is the only one that stands there as new fields.
    if (part.kind === 'node' && rewritten[place]![0] === part.field.encoded) {
      for (const node of messagesOf('NodeProto', bytesOf(part.field), 'NodeProto')) {
        for (const name of parseNode(node).inputs) used.add(name);
      }
    }
  }
  return used;
}
