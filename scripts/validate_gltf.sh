#!/usr/bin/env bash
# Check GLB files with the Khronos validator: scripts/validate_gltf.sh FILE.glb …
# For developers: fetches the npm package gltf-validator into a temporary folder once, so it needs npm and a network.
set -euo pipefail
version=2.0.0-dev.3.10
tool="${TMPDIR:-/tmp}/gltf-validator-$version"
if [ ! -d "$tool/node_modules/gltf-validator" ]; then
    mkdir -p "$tool"
    npm install --silent --no-audit --no-fund --prefix "$tool" "gltf-validator@$version"
fi
NODE_PATH="$tool/node_modules" node - "$@" <<'JS'
const fs = require("fs");
const { validateBytes } = require("gltf-validator");
(async () => {
  let bad = 0;
  for (const path of process.argv.slice(2)) {
    const { issues } = await validateBytes(new Uint8Array(fs.readFileSync(path)), { uri: path });
    console.log(`${path}: ${issues.numErrors} errors, ${issues.numWarnings} warnings, ${issues.numInfos} infos`);
    issues.messages.slice(0, 20).forEach(({ code, message, pointer }) => console.log(`  ${code}: ${message} (${pointer})`));
    bad += issues.numErrors;
  }
  process.exit(bad ? 1 : 0);
})();
JS
