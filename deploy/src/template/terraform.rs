//! Terraform, in its JSON form (`main.tf.json`).

use iam_policy_kit::{AccountId, Document};
use serde_json::{Map, Value, json};

use crate::documents;
use crate::resource::function::{HANDLER, RUNTIME};
use crate::settings::Role;
use crate::stack::Stack;
use crate::template::observability::{self, Alarm, Names};
use crate::template::{Blanks, namespace};

/// The configuration of account A, with what watches the function if it `is_watched`.
#[expect(clippy::too_many_lines, reason = "a block for each resource")]
pub(crate) fn configuration(stack: &Stack, is_watched: bool) -> Value {
    let settings = &stack.settings;
    let blanks = blanks(stack);
    let mut resources = Map::new();
    let mut add = |kind: &str, name: &str, value: Value| {
        let of_kind = resources.entry(kind).or_insert_with(|| json!({}));
        of_kind[name] = value;
    };
    let bucket = "${aws_s3_bucket.spill.id}";
    add(
        "aws_s3_bucket",
        "spill",
        json!({"bucket": "${var.spill_bucket}"}),
    );
    add(
        "aws_s3_bucket_public_access_block",
        "spill",
        json!({
            "bucket": bucket, "block_public_acls": true, "block_public_policy": true,
            "ignore_public_acls": true, "restrict_public_buckets": true,
        }),
    );
    add(
        "aws_s3_bucket_ownership_controls",
        "spill",
        json!({
            "bucket": bucket, "rule": {"object_ownership": "BucketOwnerEnforced"},
        }),
    );
    add(
        "aws_s3_bucket_lifecycle_configuration",
        "spill",
        json!({
            "bucket": bucket,
            "rule": {
                "id": "athena-spill-expiry", "status": "Enabled",
                "filter": {"prefix": "${var.spill_prefix}/"}, "expiration": {"days": 1},
                "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
            },
        }),
    );
    let accounts: Vec<AccountId> = settings
        .shares
        .iter()
        .map(|share| share.account.clone())
        .collect();
    let statements = documents::spill_policy(stack, &accounts);
    if !statements.is_empty() {
        let policy = text(&blanks, &Document::new(statements));
        add(
            "aws_s3_bucket_policy",
            "spill",
            json!({"bucket": bucket, "policy": policy}),
        );
    }
    let role = match &settings.role {
        Role::Given(arn) => arn.to_string(),
        Role::Own(name) => {
            let wanted = crate::plan::execution_role(stack).expect("the role is ours");
            let mut role =
                json!({"name": name, "assume_role_policy": text(&blanks, &wanted.trust)});
            if let Some(boundary) = &wanted.boundary {
                role["permissions_boundary"] = json!(boundary);
            }
            add("aws_iam_role", "execution", role);
            let name = "${aws_iam_role.execution.name}";
            add(
                "aws_iam_role_policy",
                "execution",
                json!({
                    "name": wanted.policy_name, "role": name, "policy": text(&blanks, &wanted.policy),
                }),
            );
            for (number, policy) in wanted.managed.iter().enumerate() {
                let attachment = json!({"role": name, "policy_arn": policy});
                add(
                    "aws_iam_role_policy_attachment",
                    &format!("execution{number}"),
                    attachment,
                );
            }
            "${aws_iam_role.execution.arn}".to_owned()
        }
    };
    if let Some(days) = settings.log_retention {
        add(
            "aws_cloudwatch_log_group",
            "function",
            json!({
                "name": "/aws/lambda/${var.function_name}", "retention_in_days": days,
            }),
        );
    }
    let connector = function(stack, &role, is_watched);
    add("aws_lambda_function", "connector", connector);
    for share in &settings.shares {
        add(
            "aws_lambda_permission",
            &format!("of_{}", share.account),
            json!({
                "statement_id": format!("{}-{}", documents::INVOKE, share.account),
                "action": "lambda:InvokeFunction",
                "function_name": "${aws_lambda_function.connector.function_name}",
                "principal": share.account.as_str(),
            }),
        );
    }
    if let Some(bucket) = &settings.results_bucket {
        add(
            "aws_athena_workgroup",
            "own",
            json!({
                "name": settings.workgroup,
                "configuration": {"result_configuration": {"output_location": format!("s3://{bucket}/")}},
            }),
        );
    }
    add(
        "aws_athena_data_catalog",
        "connector",
        json!({
            "name": settings.catalog,
            "description": "DynamoDB",
            "type": "LAMBDA",
            "parameters": {"function": "${aws_lambda_function.connector.arn}"},
        }),
    );
    if is_watched {
        watch(stack, &mut add);
    }
    let mut configuration = json!({
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.0"}}},
        "variable": {
            "function_name": {"type": "string", "default": settings.function},
            "spill_bucket": {"type": "string", "default": settings.spill_bucket},
            "spill_prefix": {"type": "string", "default": settings.spill_prefix},
            "region": {"type": "string", "default": stack.region},
            "zip": {"type": "string", "default": settings.zip.as_deref().unwrap_or("bootstrap.zip")},
        },
        "provider": {"aws": {"region": "${var.region}"}},
        "data": {"aws_caller_identity": {"current": {}}},
        "resource": resources,
    });
    if is_watched {
        configuration["variable"]["alarm_topics"] = json!({
            "type": "list(string)", "default": [], "description": "Topics of SNS that alarms tell",
        });
    }
    configuration
}

/// Adds a dashboard and alarms.
fn watch(stack: &Stack, add: &mut impl FnMut(&str, &str, Value)) {
    let (namespace, timeout) = (namespace(stack), stack.settings.timeout.to_string());
    let names = Names {
        function: "${var.function_name}",
        region: "${var.region}",
        timeout: &timeout,
        namespace: &namespace,
    };
    for alarm in observability::alarms(&names) {
        let name = format!("{}-{}", names.function, alarm.id);
        add(
            "aws_cloudwatch_metric_alarm",
            &alarm.id.to_lowercase(),
            json!({
                "alarm_name": name,
                "alarm_description": alarm.description,
                "comparison_operator": "GreaterThanOrEqualToThreshold",
                "threshold": alarm.threshold,
                "evaluation_periods": alarm.periods,
                "treat_missing_data": "notBreaching",
                "alarm_actions": "${var.alarm_topics}",
                "metric_query": queries(&alarm),
            }),
        );
    }
    let body = observability::dashboard(&names).to_string();
    let dashboard = json!({"dashboard_name": names.function, "dashboard_body": body});
    add("aws_cloudwatch_dashboard", "connector", dashboard);
}

/// What an alarm watches, the last of which is what it judges.
fn queries(alarm: &Alarm) -> Vec<Value> {
    let is_judged = alarm.expression.is_none();
    let mut queries: Vec<Value> = (alarm.metrics.iter())
        .map(|metric| {
            json!({
                "id": metric.id,
                "return_data": is_judged,
                "metric": {
                    "namespace": metric.namespace, "metric_name": metric.name, "period": observability::PERIOD,
                    "stat": metric.statistic, "dimensions": {"FunctionName": "${var.function_name}"},
                },
            })
        })
        .collect();
    if let Some(expression) = &alarm.expression {
        queries.push(json!({"id": "judged", "expression": expression, "return_data": true}));
    }
    queries
}

fn blanks(stack: &Stack) -> Blanks {
    let settings = &stack.settings;
    let folder = format!(":{}/{}/", settings.spill_bucket, settings.spill_prefix);
    Blanks {
        pairs: vec![
            (
                folder,
                ":${var.spill_bucket}/${var.spill_prefix}/".to_owned(),
            ),
            (
                format!(":::{}", settings.spill_bucket),
                ":::${var.spill_bucket}".to_owned(),
            ),
            (
                stack.account.to_string(),
                "${data.aws_caller_identity.current.account_id}".to_owned(),
            ),
            (format!(":{}:", stack.region), ":${var.region}:".to_owned()),
        ],
        wrap: Value::String,
    }
}

/// A document as the text that Terraform takes.
fn text(blanks: &Blanks, document: &Document) -> Value {
    Value::String(blanks.in_document(document).to_string())
}

fn function(stack: &Stack, role: &str, is_watched: bool) -> Value {
    let wanted = crate::plan::function(stack);
    let mut variables = json!(wanted.variables);
    if is_watched {
        variables[observability::VARIABLE] = json!(namespace(stack));
    }
    variables["spill_bucket"] = json!("${var.spill_bucket}");
    variables["spill_prefix"] = json!("${var.spill_prefix}");
    let architecture = stack
        .package
        .as_ref()
        .map_or("x86_64", |package| package.architecture.as_str());
    let mut function = json!({
        "function_name": "${var.function_name}",
        "filename": "${var.zip}",
        "source_code_hash": "${filebase64sha256(var.zip)}",
        "runtime": RUNTIME,
        "handler": HANDLER,
        "architectures": [architecture],
        "memory_size": wanted.memory,
        "timeout": wanted.timeout,
        "role": role,
        "environment": {"variables": variables},
    });
    if let Some(network) = &wanted.network {
        function["vpc_config"] =
            json!({"subnet_ids": network.subnets, "security_group_ids": network.security_groups});
    }
    if stack.settings.log_retention.is_some() {
        function["depends_on"] = json!(["aws_cloudwatch_log_group.function"]);
    }
    function
}
