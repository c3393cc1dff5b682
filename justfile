# What people who work on the project run. `just` lists it.

export CARGO_TARGET_DIR := env("CARGO_TARGET_DIR", env("HOME") / ".cache/groundswell-target")

_default:
    @just --list

# Formatting and lints, as CI sees them.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Everything CI runs.
test:
    ./test

# Rewrites generated pages and expected outputs; look at the diff before you commit it.
bless:
    GROUNDSWELL_BLESS=1 cargo test --workspace --test slt --test it -- every_file generated

# Benchmarks over a folder of unpacked public data sets; results go to bench/runs.
bench DATA:
    bench/run {{DATA}}

# The API documentation.
docs:
    cargo doc --workspace --no-deps --open
