#!/bin/bash -eu
# SPDX-License-Identifier: BSD-2-Clause
# Builds the fuzz targets in OSS-Fuzz's and ClusterFuzzLite's images: compilers, flags and engine
# come from the environment and are taken as they are. ci/oss-fuzz-proof runs it without an image.

tree=$SRC/libkvmsafe
build=$WORK/libkvmsafe

# libelf.a, libjansson.a: the programs run in an image that has neither as .so
rm -rf "$build"
cmake -S "$tree" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None -DKVS_FUZZ_ENGINE=external \
	-DKVMSAFE_LIBELF_STATIC=ON -DBUILD_TESTING=OFF -DKVMSAFE_TOOL=OFF -DKVS_BENCH=OFF
cmake --build "$build" -j "$(nproc)"
python3 -B "$tree/corpus/generate.py" --out "$build/corpus"

targets=0
for program in "$build"/fuzz/*_fuzz; do
	name=$(basename "$program" _fuzz)
	case $name in
	negative | empty) continue ;; # one must fail, one does nothing
	esac
	cp "$program" "$OUT/${name}_fuzz"
	seeds=$build/zip/$name
	mkdir -p "$seeds"
	for folder in "$tree/corpus/seeds/$name" "$build/corpus/seeds/$name"; do
		[ ! -d "$folder" ] || cp "$folder"/* "$seeds/"
	done
	if [ -n "$(ls -A "$seeds")" ]; then
		rm -f "$OUT/${name}_fuzz_seed_corpus.zip"
		(cd "$seeds" && zip -q -r "$OUT/${name}_fuzz_seed_corpus.zip" .)
	fi
	[ ! -f "$tree/fuzz/dict/$name.dict" ] || cp "$tree/fuzz/dict/$name.dict" "$OUT/${name}_fuzz.dict"
	printf '[libfuzzer]\nmax_len = 8192\ntimeout = 5\nrss_limit_mb = 1024\n\n[asan]\n%s\n' \
		'allocator_may_return_null = 1' >"$OUT/${name}_fuzz.options"
	targets=$((targets + 1))
done

# A link rule that is empty succeeds: count what came out.
expected=$(find "$tree/fuzz" -maxdepth 1 -name '*_fuzz.c' ! -name negative_fuzz.c ! -name empty_fuzz.c | wc -l)
[ "${SANITIZER:-}" != memory ] || expected=$((expected - 1)) # `tool`: jansson is not instrumented
[ "$targets" = "$expected" ] || { echo "build.sh: $expected targets expected, found $targets" >&2; exit 1; }
