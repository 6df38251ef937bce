//! How much memory a parser may take.

/// The most bytes that may be allocated at once while `input` bytes are read and checked.
///
/// A text in base64 is decoded, its columns are copied, compared and written again: each a small multiple. A document of nested
/// values takes some 60 bytes for each bracket, and an empty item as many for its row in each of two batches that are compared.
pub const fn bound(input: usize) -> usize {
    96 * input + 256 * 1024
}
