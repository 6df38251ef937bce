//! The coverage-guided fuzzer of one target, named by `FUZZ_TARGET`. `cargo xtask fuzz` builds and starts it.
#![no_main]

use std::sync::OnceLock;

use athena_fuzz::{Target, find, memory, mutation};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fuzz_target!(|input: &[u8]| {
    let target = target();
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    (target.check)(input);
    let used = MEMORY.peak_usage().saturating_sub(before);
    let bound = memory::bound(input.len());
    assert!(
        used <= bound,
        "{used} bytes were allocated for {} bytes of input, at most {bound} are permitted",
        input.len()
    );
});

// LibFuzzer does not see through base64, in which most of the protocol is wrapped.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed.is_multiple_of(2) {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut input = data[..size].to_vec();
    mutation::change(&mut fastrand::Rng::with_seed(seed.into()), &mut input);
    input.truncate(max_size);
    data[..input.len()].copy_from_slice(&input);
    input.len()
});

#[expect(
    clippy::disallowed_methods,
    reason = "this program's `main` is libFuzzer's, and takes no arguments of ours"
)]
fn target() -> &'static Target {
    static TARGET: OnceLock<&Target> = OnceLock::new();
    TARGET.get_or_init(|| {
        let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
        let target = find(&name).unwrap_or_else(|| panic!("FUZZ_TARGET names no target: `{name}`"));
        // What is made once is no input's doing.
        for seed in (target.seeds)() {
            (target.check)(&seed);
        }
        target
    })
}
