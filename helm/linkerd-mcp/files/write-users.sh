#!/bin/sh
# Puts the digests of the passwords into the list of users; a Redis that is started with it never has a password itself.
set -eu
cp "$1" "$3"
for user in collector mcp-api reconciler; do
  digest=$(sha256sum <"$2/$user" | cut -d ' ' -f 1)
  sed -i "s/PASSWORD_OF_$user /$digest /" "$3"
done
