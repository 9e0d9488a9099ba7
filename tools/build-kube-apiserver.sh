#!/usr/bin/env bash
# Puts a real kube-apiserver, and a link to etcd, into a cache folder laid out as envtest's assets are, for KUBEBUILDER_ASSETS.
#
#   tools/build-kube-apiserver.sh [FOLDER]       FOLDER: ${XDG_CACHE_HOME:-~/.cache}/linkerd-mcp-tests when not given
#
# Debian, as root: it compiles Debian's own source package, which is Kubernetes 1.20 on bookworm, with Debian's Go. About four
# minutes on two cores; nothing when the folder has both programs. The only change to the system is the packages named in
# `needed`: the source package list is kept apart. Prints the folder; what the build says goes to build.log in it.
set -euo pipefail

folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/linkerd-mcp-tests}
if [[ -x $folder/kube-apiserver && -x $folder/etcd ]]; then
  echo "$folder"
  exit 0
fi

needed=(golang-go dpkg-dev etcd-server golang-github-modern-go-reflect2-dev)
mkdir -p "$folder"
log=$folder/build.log
work=$(mktemp -d)
# Go makes its module files read-only
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
trap 'echo "build-kube-apiserver.sh: failed; the last lines of $log:" >&2; tail -20 "$log" >&2' ERR

# the binary sources of this machine, asked for source packages, in lists of our own
separate_source_lists() {
  mkdir -p "$work/apt/parts" "$work/apt/lists/partial"
  local file
  for file in /etc/apt/sources.list.d/debian.sources; do
    [[ -f $file ]] && sed 's/^Types:.*/Types: deb-src/' "$file" >"$work/apt/parts/debian.sources"
  done
  if [[ -f /etc/apt/sources.list ]]; then
    sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$work/apt/parts/classic.list"
  fi
  from_source=(-o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$work/apt/parts" -o "Dir::State::Lists=$work/apt/lists")
}

fetch() {
  apt-get update
  apt-get install -y --no-install-recommends "${needed[@]}"
  separate_source_lists
  apt-get "${from_source[@]}" update
  cd "$work"
  apt-get "${from_source[@]}" source --only-source kubernetes
}

# Where the tree has to be for a Go that does not look for modules.
tree=$work/go/src/k8s.io/kubernetes

place_tree() {
  mkdir -p "${tree%/*}"
  mv "$work"/kubernetes-*/ "$tree"
  # the vendored reflect2 1.0.1 misreads maps when compiled by Go 1.18 or later, and custom resources crash the server:
  # Debian's 1.0.2 does not
  rm -rf "$tree/vendor/github.com/modern-go/reflect2"
  cp -r /usr/share/gocode/src/github.com/modern-go/reflect2 "$tree/vendor/github.com/modern-go/reflect2"
}

# The import paths, with commas, of all packages marked for OpenAPI.
openapi_packages() {
  local marked='^\s*// \+k8s:openapi-gen=true'
  grep -rlE --include='*.go' "$marked" staging/src pkg |
    grep -vE '/testdata/|sample|_examples|kube-openapi|code-generator' |
    xargs -n1 dirname | sort -u |
    sed -e 's#^staging/src/#k8s.io/kubernetes/vendor/#' -e 's#^pkg/#k8s.io/kubernetes/pkg/#' | paste -sd,
}

compile() {
  cd "$tree"
  export GO111MODULE=off GOPATH=$work/go GOCACHE=$work/cache CGO_ENABLED=0
  # the OpenAPI definitions are generated code, and the one such file that the source package does not have
  go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  "$work/openapi-gen" --input-dirs "$(openapi_packages)" --output-package k8s.io/kubernetes/pkg/generated/openapi \
    --output-file-base zz_generated.openapi --go-header-file hack/boilerplate/boilerplate.generatego.txt \
    --report-filename "$work/openapi-report"
  local version upstream
  version=$(dpkg-parsechangelog --show-field Version)
  # Debian writes 1.20.5+really1.20.2-1 where it went back to an older one
  upstream=${version#*+really}
  upstream=${upstream%%[+-]*}
  local to=k8s.io/component-base/version
  go build -trimpath -o "$folder/kube-apiserver.part" \
    -ldflags "-s -w -X $to.gitVersion=v$upstream -X $to.gitMajor=${upstream%%.*} -X $to.gitMinor=$(cut -d. -f2 <<<"$upstream")" \
    ./cmd/kube-apiserver
}

{
  fetch
  place_tree
  compile
} >"$log" 2>&1

ln -sf "$(command -v etcd)" "$folder/etcd"
mv "$folder/kube-apiserver.part" "$folder/kube-apiserver"
echo "$folder"
