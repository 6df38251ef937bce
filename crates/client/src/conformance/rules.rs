//! The rules that a connector is judged by: a name, what the protocol says, and where (`docs/protocol.md`).

macro_rules! rules {
    ($($rule:ident, $name:literal, $section:literal, $says:literal;)*) => {
        /// A rule of the protocol, in the order in which they are reported.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = $says] $rule,)*
        }

        impl Rule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$rule),*];

            /// Its name: the subject and, behind a slash, what is asked of it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$rule => $name,)* }
            }

            /// What the protocol says, in one sentence.
            pub fn says(self) -> &'static str {
                match self { $(Self::$rule => $says,)* }
            }

            /// The section of the protocol that says so.
            pub fn section(self) -> &'static str {
                match self { $(Self::$rule => $section,)* }
            }
        }
    };
}

rules! {
    PingAnswer, "ping/answer", "§2", "A ping is answered with the kind of source and the highest version spoken, 2 to 6.";
    CapabilitiesAnswer, "capabilities/answer", "§5.8", "From version 4 on a connector tells what it can be left to do, and names functions as the protocol does.";
    AnswerTime, "answer/time", "§15", "Every call is answered or refused within the function's time, and the process lives on.";
    AnswerReadable, "answer/readable", "§3", "An answer is one JSON document of the kind that belongs to the call, and its Arrow messages hold what they say.";
    AnswerFields, "answer/fields", "§3", "An answer has its fields in the fixed order, `@type` first, and leaves none out.";
    AnswerEcho, "answer/echo", "§5", "Catalog, query and table come back as they were asked for.";
    AnswerSize, "answer/size", "§15", "An answer fits into the 6,291,556 bytes that Lambda lets through.";
    BlockFrame, "block/frame", "§6", "Arrow messages inside JSON have the current framing (before version 3 the legacy one), bodies of whole words, no compression and no dictionaries.";
    BlockEmpty, "block/empty", "§4", "A block without rows has the empty string for its records, and no block has rows without columns.";
    SchemasList, "schemas/list", "§5.2", "Schemas are listed, each once.";
    TablesList, "tables/list", "§5.3", "The tables of a schema are listed under that schema, each once, and the list ends.";
    TablesPages, "tables/pages", "§5.3", "Page by page the same tables come as at once: none is lost or doubled, and the tokens end.";
    TableSchema, "table/schema", "§5.4", "A table has columns, whose names differ in more than case, and its partition columns are among them.";
    TableTypes, "table/types", "§7", "Columns have the protocol's types at every depth; a map's children are `key` and `value` under `entries`.";
    TableAgain, "table/again", "§5.4", "A table that is asked for again has the same columns.";
    TableCase, "table/case", "§5.4", "A table is found by its name in lower case, which is how the engine asks.";
    LayoutPartitions, "layout/partitions", "§5.5", "A layout is a block with the partition columns; a table that is read has at least one row in it.";
    SplitsEnd, "splits/end", "§5.6", "The pages of splits end: no token comes twice.";
    SplitsDistinct, "splits/distinct", "§5.6", "No two splits are equal, since equal ones collapse.";
    SplitsPlace, "splits/place", "§9.1", "Each split has a spill location of its own, which is a prefix.";
    SplitsKey, "splits/key", "§9.5", "A split's key has 16 or 32 bytes and a nonce of 12, and no other split has the same.";
    SplitsAgain, "splits/again", "§5.6", "The same question has the same number of splits when it is asked again, and so has each page.";
    RecordsRead, "records/read", "§5.7", "Every split that a connector gives can be read.";
    RecordsSchema, "records/schema", "§5.7", "Blocks have the columns of the request's schema: the same names and types in the same order.";
    RecordsColumns, "records/columns", "§5.7", "Some columns in another order hold the same values as they do among all columns.";
    RecordsAgain, "records/again", "§5.7", "A split that is read again has the same rows.";
    RecordsOnce, "records/once", "§5.6", "No row is in two splits.";
    RecordsComplete, "records/complete", "§5.6", "The splits of a table hold all its rows: what a narrower question or another plan finds is among them.";
    RecordsVersions, "records/versions", "§2", "Requests of every version up to the answered one have the same answers.";
    SpillInline, "spill/inline", "§9.2", "A block inside an answer is smaller than `maxInlineBlockSize`.";
    SpillForced, "spill/forced", "§9.2", "What reaches `maxInlineBlockSize` is spilled.";
    SpillBlocks, "spill/blocks", "§9.2", "A block ends at the row that passes `maxBlockSize`, or before it.";
    SpillRows, "spill/rows", "§9", "Spilled blocks hold the same rows as those inside an answer.";
    SpillFrame, "spill/frame", "§9.3", "A spilled object is one record batch in the legacy framing, without its schema.";
    SpillSealed, "spill/sealed", "§9.5", "Where a split has a key, of 16 or 32 bytes, objects are sealed with it, and the answer names that key.";
    SpillPlain, "spill/plain", "§9.5", "Where a split has no key, objects are plain and the answer names none.";
    SpillPlace, "spill/place", "§9.1", "Objects lie in the split's bucket under the split's prefix.";
    FilterValues, "filter/values", "§8", "Under a value set of single values every row that qualifies comes.";
    FilterRanges, "filter/ranges", "§8", "Under a value set of ranges every row that qualifies comes.";
    FilterNulls, "filter/nulls", "§8", "Rows with null come where a value set allows null, and rows without it where one asks for those.";
    FilterColumns, "filter/columns", "§8", "Under value sets of several columns every row that meets all of them comes.";
    FilterExpressions, "filter/expressions", "§4", "Under expressions of the functions that the connector names every row comes for which they are true.";
    LimitEnough, "limit/enough", "§8", "Under a limit at least that many rows come, if there are so many.";
    LimitHonoured, "limit/honoured", "§5.8", "A connector that offers limits gives no more rows than that from a split.";
    LimitFiltered, "limit/filtered", "§8", "A limit counts rows that qualify, not rows that were looked at.";
    OrderFirst, "order/first", "§5.8", "A connector that offers the first rows of an order gives at least those.";
    HostileJson, "hostile/json", "§17", "What is no JSON, breaks off, or is nested without end is refused, and the next call works.";
    HostileType, "hostile/type", "§17", "A request without `@type`, or of an unknown one, is refused, and the next call works.";
    HostileShape, "hostile/shape", "§17", "A field of the wrong kind is refused, and the next call works.";
    HostileLengths, "hostile/lengths", "§17", "Arrow messages that lie about their lengths are refused, and the next call works.";
    HostileTable, "hostile/table", "§14", "A table that is not there is an error with a message, and the next call works.";
    HostileHandoff, "hostile/handoff", "§17", "Tokens, partitions and splits that the connector never gave are refused or answered, and the next call works.";
}

#[cfg(test)]
mod tests {
    use super::Rule;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_says_where_it_stands() {
        let names: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert_eq!(names.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            assert!(rule.name().split_once('/').is_some(), "{rule:?}");
            assert!(rule.section().starts_with('§'), "{rule:?}");
            assert!(rule.says().ends_with('.'), "{rule:?}");
        }
    }
}
