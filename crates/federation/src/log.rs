//! JSON log lines on standard output, from this workspace's crates alone.
//!
//! Other crates log request bodies at their finer levels, so they stay silent whatever the level is.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Level of the log: `error`, `warn`, `info`, `debug`, `trace` or `off`. Default `info`.
pub const LOG_LEVEL: &str = "ATHENA_FEDERATION_SDK_LOG_LEVEL";

/// Begins to log events of `crates` at the level that `var` names; a second call in one process changes nothing.
pub fn start(var: &dyn Fn(&str) -> Option<String>, crates: &[&'static str]) {
    let level = var(LOG_LEVEL)
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(LevelFilter::INFO);
    let targets = crates.iter().fold(Targets::new(), |targets, name| {
        targets.with_target(*name, level)
    });
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false);
    // Only fails if a subscriber is there already, which then is the caller's choice.
    let _ = tracing_subscriber::registry()
        .with(targets)
        .with(lines)
        .try_init();
}
