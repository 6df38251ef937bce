//! What the items of a page look like.

use super::item::ItemWriter;
use crate::random::Random;

/// The kinds of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An order: about 800 bytes of JSON with strings, numbers, a Boolean, lists, maps, binary, and attributes that some items
    /// lack.
    Mixed,
    /// Four small attributes.
    Narrow,
    /// A hundred and eleven attributes, without nesting.
    Wide,
    /// Maps of lists of maps, three levels deep.
    Nested,
    /// As many attributes, the key among them, all of the same mean size whatever their number, so that pages of different widths
    /// differ in nothing else.
    Columns(u16),
}

const WORDS: [&str; 16] = [
    "amber",
    "basalt",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "garnet",
    "harbour",
    "indigo",
    "juniper",
    "kelp",
    "lagoon",
    "maple",
    "nimbus",
    "café",
    "\"quoted\"",
];
const STATES: [&str; 5] = ["PENDING", "PAID", "SHIPPED", "DELIVERED", "RETURNED"];

impl Shape {
    /// Writes one item and returns its size as DynamoDB counts it.
    pub(super) fn write(self, json: &mut Vec<u8>, id: &str, random: &mut Random) -> usize {
        ItemWriter::write(json, |item| {
            item.attribute("id").string(id);
            match self {
                Self::Mixed => mixed(item, random),
                Self::Narrow => narrow(item, random),
                Self::Wide => wide(item, random),
                Self::Nested => nested(item, random),
                Self::Columns(count) => columns(item, count, random),
            }
        })
    }
}

fn mixed(item: &mut ItemWriter<'_>, random: &mut Random) {
    item.attribute("customer_id")
        .string(&format!("c{:07}", random.below(2_000_000)));
    item.attribute("status").string(random.pick(&STATES));
    item.attribute("created_at").string(&date(random));
    item.attribute("total").number(&cents(random, 500_000));
    item.attribute("quantity")
        .number(&(1 + random.below(40)).to_string());
    item.attribute("priority").boolean(random.one_in(4));
    if !random.one_in(3) {
        item.attribute("discount")
            .number(&format!("0.{:03}", 1 + random.below(999)));
    }
    let length = 24 + usize::try_from(random.below(30)).unwrap_or(0);
    item.attribute("comment").string(&words(random, length));
    if random.one_in(5) {
        item.attribute("coupon").null();
    }
    item.attribute("tags").list(|list| {
        for _ in 0..=random.below(2) {
            list.element().string(random.pick(&WORDS));
        }
    });
    item.attribute("address").map(|map| {
        map.attribute("street")
            .string(&format!("{} {}", 1 + random.below(400), words(random, 2)));
        map.attribute("city").string(random.pick(&WORDS));
        map.attribute("zip")
            .string(&format!("{:05}", random.below(100_000)));
    });
    item.attribute("lines").list(|list| {
        for _ in 0..=random.below(2) {
            list.element().map(|line| {
                line.attribute("sku")
                    .string(&format!("sku-{:05}", random.below(50_000)));
                line.attribute("quantity")
                    .number(&(1 + random.below(9)).to_string());
                line.attribute("price").number(&cents(random, 90_000));
            });
        }
    });
    item.attribute("signature").binary(&random.bytes(24));
}

fn narrow(item: &mut ItemWriter<'_>, random: &mut Random) {
    item.attribute("kind").string(random.pick(&STATES));
    item.attribute("amount").number(&cents(random, 100_000));
    item.attribute("active").boolean(random.one_in(2));
}

fn wide(item: &mut ItemWriter<'_>, random: &mut Random) {
    for column in 0..50 {
        item.attribute(&format!("text_{column:02}"))
            .string(&words(random, 2));
    }
    for column in 0..50 {
        item.attribute(&format!("number_{column:02}"))
            .number(&cents(random, 10_000_000));
    }
    for column in 0..10 {
        item.attribute(&format!("answer_{column:02}"))
            .boolean(random.one_in(2));
    }
}

fn nested(item: &mut ItemWriter<'_>, random: &mut Random) {
    item.attribute("tree").map(|map| level(map, random, 3));
}

/// Texts, numbers and Booleans in the proportion of [`wide`], mixed so that the first few columns are like all of them.
fn columns(item: &mut ItemWriter<'_>, count: u16, random: &mut Random) {
    for column in 1..count {
        let attribute = item.attribute(&format!("column_{column:05}"));
        match column % 11 {
            0 => attribute.boolean(random.one_in(2)),
            odd if odd % 2 == 1 => attribute.string(&words(random, 2)),
            _ => attribute.number(&cents(random, 10_000_000)),
        }
    }
}

/// A map's content: a label, a weight, and below the lowest level a list of such maps.
fn level(map: &mut ItemWriter<'_>, random: &mut Random, levels: u32) {
    map.attribute("label").string(random.pick(&WORDS));
    map.attribute("weight").number(&cents(random, 100_000));
    if levels > 1 {
        map.attribute("branches").list(|list| {
            for _ in 0..2 {
                list.element()
                    .map(|branch| level(branch, random, levels - 1));
            }
        });
    }
}

fn cents(random: &mut Random, below: u64) -> String {
    let cents = 1 + random.below(below);
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn date(random: &mut Random) -> String {
    let (month, day) = (1 + random.below(12), 1 + random.below(28));
    let (hour, minute, second) = (random.below(24), random.below(60), random.below(60));
    format!("2025-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn words(random: &mut Random, count: usize) -> String {
    let words: Vec<&str> = (0..count).map(|_| random.pick(&WORDS)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::Shape;
    use crate::random::Random;

    /// The mean bytes of JSON an item, the mean size, and the attributes of the last one.
    fn measure(shape: Shape) -> (usize, usize, usize) {
        let mut random = Random::new(5);
        let (mut bytes, mut size, mut attributes) = (0, 0, 0);
        for _ in 0..500 {
            let mut json = Vec::new();
            size += shape.write(&mut json, "p000001-00001", &mut random);
            bytes += json.len();
            let item: serde_json::Value = serde_json::from_slice(&json).unwrap();
            attributes = item.as_object().unwrap().len();
        }
        (bytes / 500, size / 500, attributes)
    }

    #[test]
    fn a_mixed_item_has_about_800_bytes_of_json_for_550_of_item() {
        let (bytes, size, _) = measure(Shape::Mixed);
        assert!((760..840).contains(&bytes), "{bytes} of JSON");
        assert!(
            (135..150).contains(&(bytes * 100 / size)),
            "{bytes} of JSON for {size}"
        );
    }

    #[test]
    fn the_size_of_a_column_does_not_depend_on_their_number() {
        let of_one = |count: u16| {
            let (bytes, _, attributes) = measure(Shape::Columns(count));
            assert_eq!(attributes, usize::from(count));
            bytes / usize::from(count)
        };
        let few = of_one(20);
        assert!((few - 2..=few + 2).contains(&of_one(400)), "{few}");
    }

    #[test]
    fn shapes_have_the_attributes_that_they_promise() {
        assert_eq!(measure(Shape::Narrow).2, 4);
        assert_eq!(measure(Shape::Wide).2, 111);
        assert_eq!(measure(Shape::Columns(1)).2, 1);
        let mut json = Vec::new();
        Shape::Nested.write(&mut json, "a", &mut Random::new(1));
        let item: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let inner = "/tree/M/branches/L/0/M/branches/L/1/M/label/S";
        assert!(item.pointer(inner).is_some(), "{item}");
    }
}
