#!/bin/sh
# Installs what building or testing Cusp needs and this machine lacks. Debian 12 and 13, and others that have packages of the same names.
#   tools/setup.sh build|test|bench|fuzz|tidy
# Packages that are there are skipped, so with everything in place this neither needs root nor touches the network. Who may not install is
# told what is missing. Where there are no Debian packages nothing is installed: meson names what it does not find.
set -eu

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || {
  echo "setup: no Debian packages here; what this script lists has to be there already" >&2
  exit 0
}

has() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed'; }

# The engine's library: 6.0 is the same for another GTK, but comes without the headers of the C interface.
build="meson ninja-build libc6-dev libjavascriptcoregtk-4.1-dev libuv1-dev liblmdb-dev \
  libcurl4-openssl-dev libssl-dev libicu-dev zlib1g-dev libbrotli-dev libzstd-dev ca-certificates"
case "${1:-build}" in
  build) want="$build" ;;
  test) want="$build libcmocka-dev curl openssl" ;;
  bench) want="$build wrk nginx-light" ;;
  fuzz) want="$build clang" ;;
  tidy) want="$build clang-tidy" ;;
  *) echo "setup: unknown purpose '$1'" >&2; exit 2 ;;
esac

# These may come from Debian, under several names, or from anywhere else: only ask for what is not there.
CC="${CC:-gcc}"
command -v "${CC%% *}" >/dev/null || want="$want gcc"
command -v pkg-config >/dev/null || want="$want pkg-config"
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
  has "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=""
if [ "$(id -u)" -ne 0 ]; then
  # With a terminal sudo may ask for a password, without one it must not.
  if ! command -v sudo >/dev/null || ! { sudo -n true 2>/dev/null || { [ -t 0 ] && [ -t 2 ] && sudo -v; }; }; then
    echo "setup: packages are missing and $(id -un) may not install them. As root:" >&2
    echo "  apt-get install --no-install-recommends$missing" >&2
    exit 1
  fi
  sudo="sudo"
fi
echo "setup: installing$missing" >&2
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
