//! The search that decides how fast pages are read: where a string ends.

use memchr::memchr2;

/// The place of the first quote or backslash of `text` from `from` on.
///
/// Most strings of a page are shorter than what makes a call of `memchr` pay, so 16 bytes are looked at by word first.
#[inline]
pub(super) fn quote_or_backslash(text: &[u8], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let mut seen = 0;
    if let Some((first, behind)) = rest.split_first_chunk::<8>()
        && let Some(second) = behind.first_chunk::<8>()
    {
        let hits = hits(u64::from_le_bytes(*first));
        if hits != 0 {
            return Some(from + (hits.trailing_zeros() / 8) as usize);
        }
        let hits = self::hits(u64::from_le_bytes(*second));
        if hits != 0 {
            return Some(from + 8 + (hits.trailing_zeros() / 8) as usize);
        }
        seen = 16;
    }
    memchr2(b'"', b'\\', &rest[seen..]).map(|place| from + seen + place)
}

/// A word whose lowest set bit is in the byte of the first quote or backslash; bits above that one mean nothing.
#[inline]
fn hits(word: u64) -> u64 {
    const LOW: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let zeros = |x: u64| x.wrapping_sub(LOW) & !x & HIGH;
    zeros(word ^ u64::from_le_bytes([b'"'; 8])) | zeros(word ^ u64::from_le_bytes([b'\\'; 8]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::quote_or_backslash;

    proptest! {
        #[test]
        fn the_first_of_the_two_is_found(
            text in prop::collection::vec(prop_oneof![30 => any::<u8>(), 1 => Just(b'"'), 1 => Just(b'\\')], 0..60),
            from in 0_usize..70,
        ) {
            let plain = (from..text.len()).find(|place| matches!(text[*place], b'"' | b'\\'));
            prop_assert_eq!(quote_or_backslash(&text, from), plain);
        }
    }
}
