//! The deploy binary, as a process of its own, against the test kit's cloud: every call authorised by the policies that it put
//! there itself, and the real connector behind the function.
#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test fails, in its helpers too"
)]

mod hand;
mod rig;
mod setting_up;
mod drifting;
mod foreign;
mod cutting_off;
mod sharing;
mod verifying;
mod taking_down;
mod rights;
mod stopping;
mod logins;
mod keys;
mod saved;
mod bad_input;
