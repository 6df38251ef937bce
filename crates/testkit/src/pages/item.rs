//! Writes an item as DynamoDB JSON and adds up its size as DynamoDB counts it (developer guide, "DynamoDB item sizes and
//! formats").

/// Writes one item at the end of a page's text.
#[derive(Debug)]
pub(super) struct ItemWriter<'a> {
    json: &'a mut Vec<u8>,
    size: usize,
    /// True before the first attribute or element of the innermost map or list.
    first: bool,
    /// How many maps and lists are open.
    depth: usize,
}

impl<'a> ItemWriter<'a> {
    /// Writes the item that `fill` describes, and returns its size in bytes.
    pub(super) fn write(json: &'a mut Vec<u8>, fill: impl FnOnce(&mut Self)) -> usize {
        let mut writer = Self {
            json,
            size: 0,
            first: true,
            depth: 0,
        };
        writer.json.push(b'{');
        fill(&mut writer);
        writer.json.push(b'}');
        writer.size
    }

    /// Begins an attribute, in the item or in a map; one value follows.
    pub(super) fn attribute(&mut self, name: &str) -> &mut Self {
        self.element();
        self.quote(name);
        self.json.push(b':');
        self.size += name.len();
        self
    }

    /// Begins an element of a list; one value follows.
    pub(super) fn element(&mut self) -> &mut Self {
        if !std::mem::replace(&mut self.first, false) {
            self.json.push(b',');
        }
        self.size += usize::from(self.depth > 0);
        self
    }

    pub(super) fn string(&mut self, text: &str) {
        self.json.extend_from_slice(br#"{"S":"#);
        self.quote(text);
        self.json.push(b'}');
        self.size += text.len();
    }

    /// A number in its text form, which must be one of DynamoDB's.
    pub(super) fn number(&mut self, text: &str) {
        self.json.extend_from_slice(br#"{"N":""#);
        self.json.extend_from_slice(text.as_bytes());
        self.json.extend_from_slice(br#""}"#);
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        self.size += digits.div_ceil(2) + 1 + usize::from(text.starts_with('-'));
    }

    pub(super) fn boolean(&mut self, value: bool) {
        let text: &[u8] = if value {
            br#"{"BOOL":true}"#
        } else {
            br#"{"BOOL":false}"#
        };
        self.json.extend_from_slice(text);
        self.size += 1;
    }

    pub(super) fn null(&mut self) {
        self.json.extend_from_slice(br#"{"NULL":true}"#);
        self.size += 1;
    }

    pub(super) fn binary(&mut self, bytes: &[u8]) {
        self.json.extend_from_slice(br#"{"B":""#);
        self.json
            .extend_from_slice(base64_simd::STANDARD.encode_to_string(bytes).as_bytes());
        self.json.extend_from_slice(br#""}"#);
        self.size += bytes.len();
    }

    /// A map; `fill` writes attributes.
    pub(super) fn map(&mut self, fill: impl FnOnce(&mut Self)) {
        self.nest(br#"{"M":{"#, fill, b"}}");
    }

    /// A list; `fill` writes elements.
    pub(super) fn list(&mut self, fill: impl FnOnce(&mut Self)) {
        self.nest(br#"{"L":["#, fill, b"]}");
    }

    fn nest(&mut self, open: &[u8], fill: impl FnOnce(&mut Self), close: &[u8]) {
        self.json.extend_from_slice(open);
        self.first = true;
        self.depth += 1;
        fill(self);
        self.first = false;
        self.json.extend_from_slice(close);
        self.depth -= 1;
        self.size += 3;
    }

    fn quote(&mut self, text: &str) {
        serde_json::to_writer(&mut *self.json, text).expect("a vector takes all that is written");
    }
}

#[cfg(test)]
mod tests {
    use super::ItemWriter;

    #[test]
    fn an_item_is_dynamodb_json_and_its_size_is_what_the_guide_says() {
        let mut json = Vec::new();
        let size = ItemWriter::write(&mut json, |item| {
            item.attribute("id").string("a\"é");
            item.attribute("n").number("-12.5");
            item.attribute("b").binary(&[0, 255]);
            item.attribute("m").map(|map| {
                map.attribute("l").list(|list| {
                    list.element().boolean(true);
                    list.element().null();
                });
                map.attribute("e").map(|_| {});
            });
        });
        let text = String::from_utf8(json).unwrap();
        assert_eq!(
            text,
            r#"{"id":{"S":"a\"é"},"n":{"N":"-12.5"},"b":{"B":"AP8="},"m":{"M":{"l":{"L":[{"BOOL":true},{"NULL":true}]},"e":{"M":{}}}}}"#
        );
        // id 2 + 4, n 1 + 4, b 1 + 2, m 1 + 3 and 2 for its pairs, l 1 + 3 + 2 and 2 for its elements, e 1 + 3.
        assert_eq!(size, 32);
    }
}
