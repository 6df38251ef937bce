//! What a measured connector would do, and cost, in a Lambda function of 3,008 MB: a roofline of its processor and its network, and
//! the bill for a table of a TB.
//!
//! Nothing of this is measured here. The limits are those that others measured or that AWS documents, and a second of this machine's
//! processor is taken for one of the function's.

use serde::Serialize;

use crate::args::ShapeName;
use crate::figures::megabytes;
use crate::read::ReadFigures;

/// Memory that the function has: 3,008 MB is what the Java connector's template asks for.
pub(crate) const MEMORY_MB: f64 = 3008.0;
/// Its share of processors: 1,769 MB are one (Lambda developer guide, "Configure function memory").
pub(crate) const PROCESSORS: f64 = MEMORY_MB / 1769.0;
/// What its network carries for long, in MB a second (`hpides/skyrise`, 2025-03: 71 to 83).
pub(crate) const NETWORK_MB: f64 = 75.0;
/// What its network carries in the first second (the same: 361 to 369), until some [`BURST_CREDIT_MB`] are used up.
pub(crate) const BURST_MB: f64 = 365.0;
/// MB that come at [`BURST_MB`].
pub(crate) const BURST_CREDIT_MB: f64 = 290.0;

/// When the prices were looked up.
pub(crate) const PRICES_OF: &str = "2026-08";
/// Whose prices.
pub(crate) const PRICES_IN: &str = "us-east-1, x86";
/// Dollars for a GB-second of Lambda.
pub(crate) const GB_SECOND: f64 = 0.000_016_666_7;
/// Dollars for a million read request units on demand.
pub(crate) const MILLION_READ_UNITS: f64 = 0.125;
/// Bytes of items that one unit reads, eventually consistent.
pub(crate) const UNIT_BYTES: f64 = 8192.0;
/// Dollars for a thousand PUTs.
pub(crate) const THOUSAND_PUTS: f64 = 0.005;
/// Bytes of a spilled block.
pub(crate) const BLOCK_BYTES: f64 = 16e6;

/// What one connector reaches in the function with one shape, in MB of JSON a second.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Roof {
    pub(crate) shape: ShapeName,
    pub(crate) connector: String,
    /// As measured.
    pub(crate) mb_per_cpu_second: f64,
    /// What its processor time allows.
    pub(crate) processor_mb_per_second: f64,
    /// What processor and network allow for long, without compression.
    pub(crate) sustained_mb_per_second: f64,
    /// What they allow as long as the burst lasts.
    pub(crate) burst_mb_per_second: f64,
    /// Which of the two binds for long.
    pub(crate) bound_by: Bound,
    /// The least memory, in MB, whose share of processors fills the network for long.
    pub(crate) enough_memory_mb: f64,
}

/// What limits a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Bound {
    /// Its share of processors.
    Processor,
    /// Its network.
    Network,
}

/// The bill for reading a TB (10^12 bytes as DynamoDB counts them) and spilling it, in dollars.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Bill {
    pub(crate) shape: ShapeName,
    pub(crate) connector: String,
    /// Of all functions together.
    pub(crate) lambda_seconds: f64,
    pub(crate) lambda: f64,
    pub(crate) dynamodb_reads: f64,
    pub(crate) s3_puts: f64,
    pub(crate) total: f64,
}

/// Where `read` stands under the roof; none if its processor time was too short to be told.
pub(crate) fn roof(read: &ReadFigures) -> Option<Roof> {
    let speed = read.reading.mb_per_cpu_second?.median;
    let processor = processor_mb_per_second(speed);
    Some(Roof {
        shape: read.shape,
        connector: read.reading.connector.clone(),
        mb_per_cpu_second: speed,
        processor_mb_per_second: processor,
        sustained_mb_per_second: processor.min(NETWORK_MB),
        burst_mb_per_second: processor.min(BURST_MB),
        bound_by: if processor < NETWORK_MB {
            Bound::Processor
        } else {
            Bound::Network
        },
        enough_memory_mb: NETWORK_MB / speed * MEMORY_MB / PROCESSORS,
    })
}

/// What a connector of `mb_per_cpu_second` reaches if nothing but the processor limits it.
pub(crate) fn processor_mb_per_second(mb_per_cpu_second: f64) -> f64 {
    mb_per_cpu_second * PROCESSORS
}

/// What reading a TB as in `read` costs; none if its processor time was too short to be told.
pub(crate) fn bill(read: &ReadFigures) -> Option<Bill> {
    let roof = roof(read)?;
    let reading = &read.reading;
    let items = megabytes(reading.item_bytes);
    let json_mb = TB_IN_MB * megabytes(reading.cold.json_bytes) / items;
    let spilled_bytes = TB_IN_MB * 1e6 * megabytes(reading.cold.spilled_bytes) / items;
    let lambda_seconds = json_mb / roof.sustained_mb_per_second;
    let lambda = lambda_seconds * MEMORY_MB / 1024.0 * GB_SECOND;
    let dynamodb_reads = TB_IN_MB * 1e6 / UNIT_BYTES / 1e6 * MILLION_READ_UNITS;
    let s3_puts = spilled_bytes / BLOCK_BYTES / 1e3 * THOUSAND_PUTS;
    Some(Bill {
        shape: read.shape,
        connector: reading.connector.clone(),
        lambda_seconds,
        lambda,
        dynamodb_reads,
        s3_puts,
        total: lambda + dynamodb_reads + s3_puts,
    })
}

const TB_IN_MB: f64 = 1e6;

#[cfg(test)]
mod tests {
    use super::{Bound, bill, roof};
    use crate::args::ShapeName;
    use crate::read::ReadFigures;
    use crate::reading::tests::reading;

    /// A read of 1 MB of items, 1.86 MB of JSON and 0.9 MB of blocks.
    fn read(mb_per_cpu_second: f64) -> ReadFigures {
        ReadFigures {
            shape: ShapeName::Mixed,
            reading: reading("self", 1_000_000, 1_860_000, 900_000, mb_per_cpu_second),
        }
    }

    #[test]
    fn a_fast_connector_is_bound_by_the_network_and_a_slow_one_by_the_processor() {
        let fast = roof(&read(400.0)).unwrap();
        assert_eq!(fast.bound_by, Bound::Network);
        assert!((fast.sustained_mb_per_second - 75.0).abs() < 0.01);
        assert!((fast.burst_mb_per_second - 365.0).abs() < 0.01);
        assert!((331.0..333.0).contains(&fast.enough_memory_mb), "{fast:?}");
        let slow = roof(&read(25.0)).unwrap();
        assert_eq!(slow.bound_by, Bound::Processor);
        assert!(
            (42.0..43.0).contains(&slow.sustained_mb_per_second),
            "{slow:?}"
        );
    }

    #[test]
    fn a_bill_is_what_its_parts_cost() {
        let fast = bill(&read(400.0)).unwrap();
        let parts = [fast.dynamodb_reads, fast.lambda, fast.s3_puts];
        for (part, expected) in parts.into_iter().zip([15.26, 1.21, 0.28]) {
            assert!((part - expected).abs() < 0.01, "{fast:?}");
        }
        assert!((fast.lambda_seconds - 24_800.0).abs() < 1.0, "{fast:?}");
        assert!((fast.total - parts.iter().sum::<f64>()).abs() < 1e-9);
        // 1,860,000 MB at 42.5 a second.
        let slow = bill(&read(25.0)).unwrap();
        assert!((slow.lambda - 2.14).abs() < 0.01, "{slow:?}");
    }
}
