//! Messages of protocol buffers, written field by field (<https://protobuf.dev/programming-guides/encoding>).

/// A message under construction. Fields go out in the order in which they are added.
#[derive(Debug, Clone, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A number or a truth value; negative ones as 64 bits of two's complement.
    pub(super) fn int(mut self, field: u32, value: i64) -> Self {
        self.varint(u64::from(field) << 3);
        self.varint(value.cast_unsigned());
        self
    }

    pub(super) fn double(mut self, field: u32, value: f64) -> Self {
        self.varint(u64::from(field) << 3 | 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn float(mut self, field: u32, value: f32) -> Self {
        self.varint(u64::from(field) << 3 | 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn bytes(mut self, field: u32, value: &[u8]) -> Self {
        self.varint(u64::from(field) << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    pub(super) fn text(self, field: u32, value: &str) -> Self {
        self.bytes(field, value.as_bytes())
    }

    pub(super) fn message(self, field: u32, value: Self) -> Self {
        let Self(bytes) = value;
        self.bytes(field, &bytes)
    }

    pub(super) fn messages(self, field: u32, values: impl IntoIterator<Item = Self>) -> Self {
        let values = values.into_iter();
        values.fold(self, |message, value| message.message(field, value))
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }
}

#[test]
fn the_examples_of_the_encoding_guide_are_written() {
    let message = Message::new().int(1, 150);
    assert_eq!(message.clone().into_bytes(), [0x08, 0x96, 0x01]);
    let text = Message::new().text(2, "testing").into_bytes();
    assert_eq!(text, [b"\x12\x07".as_slice(), b"testing"].concat());
    let nested = Message::new().message(3, message).into_bytes();
    assert_eq!(nested, [0x1a, 0x03, 0x08, 0x96, 0x01]);
    assert_eq!(Message::new().int(1, -2).into_bytes().len(), 11);
}
