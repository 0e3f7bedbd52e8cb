/**
 * Runs before the install scripts of the dependencies (npm runs all preinstall scripts first). On Linux x64 the
 * install script of onnxruntime-node fetches GPU libraries of 200 MB and more from elsewhere, whether or not
 * there is a GPU, and fails the whole installation where that cannot be reached. Its CPU library is in the npm
 * package already, and Voxseek needs no more: so the script is replaced by one that does nothing.
 *
 * Whoever wants the GPU libraries sets ONNXRUNTIME_NODE_INSTALL=cuda12 when installing; then nothing is replaced.
 */
const { existsSync, realpathSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');

/** Packages through which onnxruntime-node comes in: our own, and an optional one of LanceDB's. */
const chains = [['onnxruntime-node'], ['@lancedb/lancedb', '@huggingface/transformers', 'onnxruntime-node']];

/** The folder of a package as Node would find it from a file, or undefined. */
function findPackage(name, from) {
  for (const folder of createRequire(from).resolve.paths(name) ?? []) {
    const candidate = join(folder, name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
  }
  return undefined;
}

function isWanted() {
  const names = ['onnxruntime_node_install', 'onnxruntime_node_install_cuda'];
  return names.some((name) => process.env[name.toUpperCase()] || process.env[`npm_config_${name}`]);
}

if (!isWanted()) {
  for (const chain of chains) {
    let folder = dirname(__dirname);
    for (const name of chain) folder = folder && findPackage(name, join(folder, 'package.json'));
    const script = folder && join(folder, 'script', 'install.js');
    if (!script || !existsSync(script)) continue;
    try {
      writeFileSync(
        script,
        '// Replaced by the preinstall script of voxseek: the CPU library is in the package.\n',
      );
    } catch (error) {
      // Then the script runs as it would have; where it cannot download, npm says so.
      console.warn(`voxseek: ${script} cannot be replaced (${error.message})`);
    }
  }
}
