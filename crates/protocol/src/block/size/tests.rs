use super::{batch_bytes, slice_bytes};
use crate::block::model::any_rows;
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_block_counts_for_the_sum_of_its_rows_as_java_counts_them(
        rows in any_rows(40),
        cut in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let batch = rows.batch();
        prop_assert_eq!(batch_bytes(&batch), rows.bytes());
        let offset = cut.0.index(rows.len() + 1);
        let len = cut.1.index(rows.len() - offset + 1);
        let expected = rows.slice(offset, len).bytes();
        prop_assert_eq!(slice_bytes(&batch, offset, len), expected);
        prop_assert_eq!(batch_bytes(&batch.slice(offset, len)), expected);
        // A slice of a slice counts from where it begins.
        let tail = batch.slice(offset, rows.len() - offset);
        prop_assert_eq!(slice_bytes(&tail, 0, len), expected);
    }
}
