//! What a planned statement reads, table by table.

use athena_client::Plan as ClientPlan;
use athena_dynamodb::plan::handoff::PLAN_KEY;
use athena_dynamodb::plan::{Explanation, Plan};
use athena_protocol::predicate::ValueSet;
use datafusion::physical_expr_common::physical_expr::fmt_sql;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use std::collections::BTreeSet;
use std::fmt;

use crate::print::counted;
use crate::sql::SplitScan;

/// What a statement reads.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// Its tables, as often as they are read.
    pub(super) tables: Vec<TableRead>,
    /// What the engine does with the rows, the last step first.
    pub(super) steps: Vec<&'static str>,
}

/// One table.
#[derive(Debug)]
pub(super) struct TableRead {
    /// Its name, as the connector spells it.
    pub(super) name: String,
    pub(super) words: Words,
}

/// What the connector said of its plan.
#[derive(Debug)]
pub(super) enum Words {
    /// The plan of the `DynamoDB` connector.
    DynamoDb(Box<Explanation>),
    /// What another connector's splits show.
    Other(Other),
}

/// What is known of a connector that does not explain itself.
#[derive(Debug)]
pub(super) struct Other {
    pub(super) constraints: Vec<String>,
    pub(super) columns: Vec<String>,
    pub(super) splits: usize,
    pub(super) properties: Vec<String>,
    pub(super) filters: Vec<String>,
}

impl Reads {
    /// Collects what `plan` reads.
    pub(super) fn of(plan: &dyn ExecutionPlan) -> Self {
        let mut reads = Self::default();
        reads.visit(plan, &mut Vec::new());
        reads
    }

    /// `filters` are those between this node and the next one above that has several children.
    fn visit(&mut self, plan: &dyn ExecutionPlan, filters: &mut Vec<String>) {
        if let Some(scan) = plan.downcast_ref::<SplitScan>() {
            let columns = scan.columns().map(str::to_owned).collect();
            self.tables.push(TableRead {
                name: scan.table().to_owned(),
                words: words(scan.plan(), columns, filters),
            });
            return;
        }
        if let Some(filter) = plan.downcast_ref::<FilterExec>() {
            filters.push(format!("filter {}", fmt_sql(filter.predicate().as_ref())));
        }
        let found = STEPS.iter().find(|(part, _)| plan.name().contains(part));
        if let Some((_, step)) = found
            && !self.steps.contains(step)
        {
            self.steps.push(step);
        }
        let children = plan.children();
        if children.len() > 1 {
            filters.clear();
        }
        for child in children {
            self.visit(child.as_ref(), &mut filters.clone());
        }
    }
}

impl fmt::Display for Reads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tables.is_empty() {
            return f.write_str("no table is read");
        }
        for (place, table) in self.tables.iter().enumerate() {
            if place > 0 {
                f.write_str("\n\n")?;
            }
            writeln!(f, "── {}", table.name)?;
            match &table.words {
                Words::DynamoDb(explanation) => write!(f, "{explanation}")?,
                Words::Other(other) => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |texts: &[String]| {
            if texts.is_empty() {
                "none".to_owned()
            } else {
                texts.join(", ")
            }
        };
        writeln!(f, "sent      {}", listed(&self.constraints))?;
        writeln!(f, "columns   {}", listed(&self.columns))?;
        writeln!(f, "splits    {}", counted(self.splits as u64, "split"))?;
        writeln!(f, "with      {}", listed(&self.properties))?;
        write!(f, "engine    {}", listed(&self.filters))
    }
}

fn words(plan: &ClientPlan, columns: Vec<String>, filters: &[String]) -> Words {
    let text = plan.metadata().get(PLAN_KEY);
    // What another version wrote is as good as another connector's.
    if let Some(own) = text.and_then(|text| Plan::of_text(text).ok()) {
        let mut explanation = own.explain();
        explanation.columns = Some(columns);
        explanation.left.extend(filters.iter().cloned());
        return Words::DynamoDb(Box::new(explanation));
    }
    let constraints = plan.constraints();
    let mut sent: Vec<String> = constraints
        .summary
        .iter()
        .map(|(column, values)| format!("{column}: {}", kind(values)))
        .collect();
    let expressions = constraints.expression.len() as u64;
    sent.extend((expressions > 0).then(|| counted(expressions, "expression")));
    let order = constraints.order_by_clause.iter();
    let order: Vec<&str> = order.map(|field| field.column_name.as_str()).collect();
    sent.extend((!order.is_empty()).then(|| format!("order by {}", order.join(", "))));
    sent.extend(constraints.limit().map(|rows| counted(rows, "row")));
    let properties: BTreeSet<&String> = plan
        .splits()
        .iter()
        .flat_map(|split| split.properties.keys())
        .collect();
    Words::Other(Other {
        constraints: sent,
        columns,
        splits: plan.splits().len(),
        properties: properties.into_iter().cloned().collect(),
        filters: filters.to_vec(),
    })
}

fn kind(values: &ValueSet) -> String {
    match values {
        ValueSet::SortedRangeSet { ranges, .. } => counted(ranges.len() as u64, "range"),
        ValueSet::EquatableValueSet {
            value_block,
            white_list,
            ..
        } => {
            let values = counted(value_block.batch().num_rows() as u64, "value");
            if *white_list {
                values
            } else {
                format!("all but {values}")
            }
        }
        ValueSet::AllOrNoneValueSet { all: true, .. } => "any value".to_owned(),
        ValueSet::AllOrNoneValueSet { .. } => "no value".to_owned(),
    }
}

/// Parts of the names of the engine's operators, and what these do.
const STEPS: [(&str, &str); 7] = [
    ("Join", "join"),
    ("Aggregate", "aggregate"),
    ("Window", "windows"),
    ("SortExec", "sort"),
    ("Limit", "limit"),
    ("Union", "union"),
    ("ScalarSubquery", "subquery"),
];
