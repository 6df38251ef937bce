//! The pages: generated once, then cut and handed out without copying.

use std::io::Write;
use std::sync::OnceLock;

use bytes::Bytes;
use crc32fast::Hasher;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::shape::Shape;
use crate::random::Random;

/// A place between items: before `item` of `page`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) page: usize,
    pub(super) item: usize,
}

/// All pages of the table.
#[derive(Debug)]
pub(super) struct Book {
    pages: usize,
    distinct: Vec<Page>,
}

#[derive(Debug)]
struct Page {
    /// The items with the commas between them.
    items: Bytes,
    /// Where each item ends in `items`.
    ends: Vec<usize>,
    /// The size of the items up to each one, as DynamoDB counts it.
    sizes: Vec<usize>,
    checksum: Hasher,
    /// The items in gzip with their checksum, once they were asked for so.
    compressed: OnceLock<(Bytes, Hasher)>,
}

/// A run of items of one page.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) items: Bytes,
    pub(super) count: usize,
    /// As DynamoDB counts it, in bytes.
    pub(super) size: usize,
    pub(super) checksum: Hasher,
    /// The place after the last item.
    pub(super) end: Position,
}

impl Book {
    pub(super) fn generate(
        shape: Shape,
        seed: u64,
        pages: usize,
        distinct: usize,
        page_bytes: usize,
    ) -> Self {
        let page = |number| {
            // A stream for each page, so that a page does not depend on how many there are.
            let mut seeds = Random::new(
                seed.wrapping_mul(0x0010_0000_01b3)
                    .wrapping_add(number as u64),
            );
            Page::generate(shape, number, page_bytes, &mut Random::new(seeds.next()))
        };
        Self {
            pages,
            distinct: (0..distinct).map(page).collect(),
        }
    }

    pub(super) fn pages(&self) -> usize {
        self.pages
    }

    pub(super) fn items(&self) -> u64 {
        self.sum(|page| page.ends.len())
    }

    pub(super) fn item_bytes(&self) -> u64 {
        self.sum(|page| page.sizes.last().copied().unwrap_or(0))
    }

    pub(super) fn json_bytes(&self) -> u64 {
        self.sum(|page| page.items.len())
    }

    /// The items from `from` to the end of its page, at most `limit` of them.
    pub(super) fn cut(&self, from: Position, limit: usize) -> Cut {
        let page = self.page(from.page);
        let first = from.item.min(page.ends.len());
        let last = first.saturating_add(limit).min(page.ends.len());
        let is_whole = first == 0 && last == page.ends.len();
        let begin = if first == 0 {
            0
        } else {
            page.ends[first - 1] + 1
        };
        let end = if last == first {
            begin
        } else {
            page.ends[last - 1]
        };
        let items = page.items.slice(begin.min(end)..end);
        let checksum = if is_whole {
            page.checksum.clone()
        } else {
            checksum(&items)
        };
        let size_before = |item: usize| if item == 0 { 0 } else { page.sizes[item - 1] };
        Cut {
            items,
            count: last - first,
            size: size_before(last) - size_before(first),
            checksum,
            end: if last == page.ends.len() {
                Position {
                    page: from.page + 1,
                    item: 0,
                }
            } else {
                Position {
                    page: from.page,
                    item: last,
                }
            },
        }
    }

    /// The items that were cut from here in gzip, with their checksum.
    pub(super) fn compressed(&self, from: Position, cut: &Cut) -> (Bytes, Hasher) {
        let page = self.page(from.page);
        let compress = || {
            let bytes = gzip(&cut.items);
            let checksum = checksum(&bytes);
            (bytes, checksum)
        };
        if cut.items.len() == page.items.len() {
            return page.compressed.get_or_init(compress).clone();
        }
        compress()
    }

    /// How many items a page has.
    pub(super) fn items_of(&self, page: usize) -> usize {
        self.page(page).ends.len()
    }

    fn page(&self, number: usize) -> &Page {
        &self.distinct[number % self.distinct.len()]
    }

    fn sum(&self, figure: impl Fn(&Page) -> usize) -> u64 {
        (0..self.pages)
            .map(|number| figure(self.page(number)) as u64)
            .sum()
    }
}

impl Page {
    fn generate(shape: Shape, number: usize, page_bytes: usize, random: &mut Random) -> Self {
        let (mut items, mut ends, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        let mut size = 0;
        loop {
            let end = items.len();
            if !ends.is_empty() {
                items.push(b',');
            }
            let item_size = shape.write(&mut items, &id(number, ends.len()), random);
            // A page has at least one item, as large as it may be.
            if size + item_size > page_bytes && !ends.is_empty() {
                items.truncate(end);
                break;
            }
            size += item_size;
            ends.push(items.len());
            sizes.push(size);
        }
        let checksum = checksum(&items);
        Self {
            items: items.into(),
            ends,
            sizes,
            checksum,
            compressed: OnceLock::new(),
        }
    }
}

/// A member of gzip, compressed as quickly as it goes.
pub(super) fn gzip(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing into memory cannot fail")
        .into()
}

/// The `id` of an item, which also says where it is.
pub(super) fn id(page: usize, item: usize) -> String {
    format!("p{page:06}-{item:05}")
}

/// The place of the item that has this `id`.
pub(super) fn place(id: &str) -> Option<Position> {
    let (page, item) = id.strip_prefix('p')?.split_once('-')?;
    Some(Position {
        page: page.parse().ok()?,
        item: item.parse().ok()?,
    })
}

fn checksum(bytes: &[u8]) -> Hasher {
    let mut hasher = Hasher::new();
    hasher.update(bytes);
    hasher
}
