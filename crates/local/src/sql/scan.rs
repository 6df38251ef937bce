//! The plan node that reads a table's splits, some at once, and gives the batches on as they come.

use super::external;
use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use athena_client::{Plan, Query};
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
    ReplaceChildrenOptions,
};
use futures::{StreamExt, TryStreamExt, stream};
use std::sync::Arc;

/// Reads the splits of one planned table.
///
/// A partition of the plan is a lane that reads its splits one after the other, so that no more splits than lanes hold blocks
/// in memory.
#[derive(Debug)]
pub struct SplitScan {
    table: String,
    query: Query,
    plan: Arc<Plan>,
    /// The columns that are asked for, with the connector's metadata.
    asked: SchemaRef,
    /// The columns that are given on: the same or none, without metadata.
    given: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl SplitScan {
    /// Reads `plan` in at most `lanes` lanes.
    pub fn new(
        table: String,
        query: Query,
        plan: Plan,
        asked: SchemaRef,
        given: SchemaRef,
        lanes: usize,
    ) -> Self {
        // A plan without partitions trips some operators; one that is empty does not.
        let lanes = plan.splits().len().clamp(1, lanes.max(1));
        let properties = PlanProperties::new(
            EquivalenceProperties::new(given.clone()),
            Partitioning::UnknownPartitioning(lanes),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self {
            table,
            query,
            plan: Arc::new(plan),
            asked,
            given,
            properties: Arc::new(properties),
        }
    }

    /// The table, as the connector spells it.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// What the connector planned.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The columns that are asked for.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.asked
            .fields()
            .iter()
            .map(|field| field.name().as_str())
    }

    fn lanes(&self) -> usize {
        self.properties.partitioning.partition_count()
    }
}

impl ExecutionPlan for SplitScan {
    fn name(&self) -> &'static str {
        "SplitScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(
        &self,
        partition: usize,
        _context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let (query, plan, asked, given) = (
            self.query.clone(),
            self.plan.clone(),
            self.asked.clone(),
            self.given.clone(),
        );
        let lane = (partition..plan.splits().len()).step_by(self.lanes());
        let batches = stream::iter(lane)
            .map(move |split| query.read(&plan, &plan.splits()[split], asked.clone()))
            .flatten()
            .map_err(external)
            .and_then(move |batch| std::future::ready(give(&batch, &given)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.given.clone(),
            batches,
        )))
    }
}

impl DisplayAs for SplitScan {
    fn fmt_as(
        &self,
        _format: DisplayFormatType,
        f: &mut std::fmt::Formatter<'_>,
    ) -> std::fmt::Result {
        let columns: Vec<_> = self
            .asked
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        let pushed: Vec<_> = self
            .plan
            .constraints()
            .summary
            .keys()
            .map(String::as_str)
            .collect();
        write!(
            f,
            "SplitScan: table={}, splits={}",
            self.table,
            self.plan.splits().len()
        )?;
        write!(
            f,
            ", columns=[{}], pushed=[{}]",
            columns.join(", "),
            pushed.join(", ")
        )?;
        let expressions = self.plan.constraints().expression.len();
        if expressions > 0 {
            write!(f, ", expressions={expressions}")?;
        }
        let order = self.plan.constraints().order_by_clause.iter();
        let order: Vec<&str> = order.map(|field| field.column_name.as_str()).collect();
        if !order.is_empty() {
            write!(f, ", order=[{}]", order.join(", "))?;
        }
        match self.plan.constraints().limit() {
            Some(limit) => write!(f, ", limit={limit}"),
            None => Ok(()),
        }
    }
}

/// The batch with the columns that DataFusion expects: those that were asked for, or only their number of rows.
fn give(batch: &RecordBatch, given: &SchemaRef) -> Result<RecordBatch> {
    let columns = if given.fields().is_empty() {
        Vec::new()
    } else {
        batch.columns().to_vec()
    };
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(
        given.clone(),
        columns,
        &options,
    )?)
}
