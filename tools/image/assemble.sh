#!/bin/sh
# Step 3 of the image: lays out in image/ what one app, $APP, is made of, but for its packages.
set -eu
cd "$(dirname "$0")/../.."
entry=dist/apps/${APP:?which app: --build-arg APP=collector, for one}/src/main.js
[ -f "$entry" ] || {
  echo "assemble.sh: there is no app $APP; there are: $(ls dist/apps | tr '\n' ' ')" >&2
  exit 1
}
case $APP in
  all-in-one) apps='all-in-one collector mcp-api reconciler' ;;
  *) apps=$APP ;;
esac
rm -rf image
mkdir -p image/dist/apps
for app in $apps; do cp -R "dist/apps/$app" image/dist/apps/; done
cp -R dist/libs image/dist/
cp package.json tools/image/health.js tools/image/token-file.js image/
printf "import './%s';\n" "$entry" >image/main.js
# whoever runs it reads it, and nobody writes it
chmod -R a=rX image
