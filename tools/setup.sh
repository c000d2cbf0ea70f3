#!/bin/sh
# Installs what building or testing Cusp needs and this machine lacks. Debian 12 and 13, Ubuntu 24.04.
#   tools/setup.sh build|test|bench|fuzz|tidy
# Packages that are there are skipped, so with everything in place this neither needs root nor touches the network.
set -eu

build="gcc meson ninja-build pkg-config libc6-dev libjavascriptcoregtk-4.1-dev libuv1-dev liblmdb-dev \
  libcurl4-openssl-dev libssl-dev libicu-dev zlib1g-dev libbrotli-dev libzstd-dev ca-certificates"
case "${1:-build}" in
  build) want="$build" ;;
  test) want="$build libcmocka-dev curl openssl" ;;
  bench) want="$build wrk nginx-light" ;;
  fuzz) want="$build clang" ;;
  tidy) want="$build clang-tidy" ;;
  *) echo "setup: unknown purpose '$1'" >&2; exit 2 ;;
esac

# node and npm may come from Debian or from anywhere else: only ask for what is not there.
command -v node >/dev/null || want="$want nodejs"
command -v npm >/dev/null || want="$want npm"
if [ "${1:-build}" = test ] && ! command -v clang-format >/dev/null && ! command -v clang-format-14 >/dev/null &&
  apt-cache show clang-format-14 >/dev/null 2>&1; then want="$want clang-format-14"; fi
if [ "${1:-build}" = fuzz ]; then
  clang_major=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1)
  [ -z "$clang_major" ] || want="$want libclang-rt-$clang_major-dev"
fi

missing=""
for package in $want; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "setup: installing$missing" >&2
command -v apt-get >/dev/null || { echo "setup: no apt-get here; install by hand:$missing" >&2; exit 1; }
sudo=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup: not root and no sudo; as root: apt-get install$missing" >&2; exit 1; }
  sudo="sudo"
fi
# nginx is only a peer to measure: its service must not start and take a port.
policy=""
if [ "${1:-build}" = bench ] && [ ! -e /usr/sbin/policy-rc.d ]; then
  policy=/usr/sbin/policy-rc.d
  printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null && $sudo chmod +x $policy
  trap '$sudo rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of words on purpose
$sudo apt-get install -y -q --no-install-recommends $missing >/dev/null 2>&1 || {
  $sudo apt-get update -q >/dev/null
  $sudo apt-get install -y -q --no-install-recommends $missing >/dev/null
}
