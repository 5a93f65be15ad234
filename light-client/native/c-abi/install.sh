#!/bin/sh
# Builds the C interface and puts it in place: `install.sh PROFILE PREFIX`, with a profile of cargo.
# PREFIX then has include/, lib/ (static library, and where the linker knows version scripts the shared
# one) and lib/pkgconfig/.
set -eu
profile=$1
prefix=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
case $profile in dev) folder=debug ;; *) folder=$profile ;; esac
# What the standard library of Rust needs of the system.
system_libs="-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc"

cargo build --manifest-path "$root/Cargo.toml" --package hotshot-light-client-c --profile "$profile" --quiet
version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")

mkdir -p "$prefix/include" "$prefix/lib/pkgconfig"
cp "$here/include/hotshot_light_client.h" "$prefix/include/"
cp "$target/$folder/libhotshot_light_client_c.a" "$prefix/lib/libhotshot_light_client.a"
sed -e "s|@PREFIX@|$prefix|" -e "s|@VERSION@|$version|" -e "s|@SYSTEM_LIBS@|$system_libs|" \
    "$here/hotshot-light-client.pc.in" > "$prefix/lib/pkgconfig/hotshot-light-client.pc"

if [ "$(uname)" = Linux ]; then
    # From the static library, because rustc lets nobody else give versions to symbols.
    # shellcheck disable=SC2086
    "${CC:-cc}" -shared -o "$prefix/lib/libhotshot_light_client.so.1" \
        -Wl,--whole-archive "$prefix/lib/libhotshot_light_client.a" -Wl,--no-whole-archive \
        -Wl,--version-script="$here/hotshot-light-client.map" -Wl,-soname,libhotshot_light_client.so.1 \
        -Wl,--gc-sections -Wl,-z,defs -Wl,-z,relro -Wl,-z,now -Wl,--strip-debug $system_libs
    ln -sf libhotshot_light_client.so.1 "$prefix/lib/libhotshot_light_client.so"
fi
