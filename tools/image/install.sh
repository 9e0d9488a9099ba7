#!/bin/sh
# Step 1 of the image: the packages to build with, as the lock file has them. None of them may run a script of its own.
set -eu
cd "$(dirname "$0")/../.."
# the lock file has what each package must be, so that a cache may be believed
npm ci --ignore-scripts --no-audit --prefer-offline
