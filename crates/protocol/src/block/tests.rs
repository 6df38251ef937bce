//! Messages as they are written and read, and as strangers may send them.

mod deep;
mod forged;
mod schemas;
mod batches;
mod hostile;
mod joined;
mod round_trip;
