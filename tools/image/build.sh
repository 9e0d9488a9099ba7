#!/bin/sh
# Step 2 of the image: builds all apps into dist/, and leaves only the packages that they run with.
set -eu
cd "$(dirname "$0")/../.."
npm run --silent build
npm prune --omit=dev --ignore-scripts --no-audit
