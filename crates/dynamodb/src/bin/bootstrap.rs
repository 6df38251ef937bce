//! The Lambda function's binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    share_one_arena();
    athena_dynamodb::bootstrap::main()
}

/// Has all threads take memory from one place.
///
/// glibc gives each thread an arena of its own, and what one frees another cannot use: a function of 128 MB peaks at 82 MB with one arena and
/// at 100 with several, at the same speed (docs/performance.md). Lambda's `MALLOC_ARENA_MAX` does the same where it is set.
#[cfg(target_env = "gnu")]
fn share_one_arena() {
    #[expect(
        unsafe_code,
        reason = "`mallopt` has no safe form; it takes two numbers, and is called before there is a second thread"
    )]
    // SAFETY: mallopt(3) reads and writes nothing of ours. It is not safe to call beside other threads, of which there are none yet.
    let accepted = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
    debug_assert_eq!(accepted, 1, "glibc knows the parameter");
}

#[cfg(not(target_env = "gnu"))]
fn share_one_arena() {}
