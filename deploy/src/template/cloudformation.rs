//! CloudFormation, and SAM, which is CloudFormation with a shorter function.

use iam_policy_kit::{AccountId, Document};
use serde_json::{Map, Value, json};

use crate::documents;
use crate::plan::SHARE_POLICY;
use crate::resource::function::{HANDLER, RUNTIME};
use crate::settings::{Role, Share};
use crate::stack::Stack;
use crate::template::observability::{self, Alarm, Names};
use crate::template::{Blanks, namespace};

/// The template of account A, with what watches the function if it `is_watched`.
pub(crate) fn account_a(stack: &Stack, is_sam: bool, is_watched: bool) -> Value {
    let settings = &stack.settings;
    let blanks = blanks(stack);
    let mut resources = Map::new();
    let mut add = |name: &str, value: Value| resources.insert(name.to_owned(), value);
    add("SpilledBlocks", spill_bucket());
    let accounts: Vec<AccountId> = settings
        .shares
        .iter()
        .map(|share| share.account.clone())
        .collect();
    let statements = documents::spill_policy(stack, &accounts);
    if !statements.is_empty() {
        let policy = blanks.in_document(&Document::new(statements));
        let properties = json!({"Bucket": {"Ref": "SpilledBlocks"}, "PolicyDocument": policy});
        add(
            "SpillBucketPolicy",
            json!({"Type": "AWS::S3::BucketPolicy", "Properties": properties}),
        );
    }
    let role = match &settings.role {
        Role::Given(arn) => json!(arn.to_string()),
        Role::Own(_) => {
            add("ExecutionRole", execution_role(stack, &blanks));
            json!({"Fn::GetAtt": ["ExecutionRole", "Arn"]})
        }
    };
    if let Some(days) = settings.log_retention {
        let name = json!({"Fn::Sub": "/aws/lambda/${AthenaCatalogName}"});
        let properties = json!({"LogGroupName": name, "RetentionInDays": days});
        let policy = json!({
            "Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain",
            "Properties": properties,
        });
        add("FunctionLog", policy);
    }
    add("Connector", function(stack, &role, is_sam, is_watched));
    for share in &settings.shares {
        let properties = json!({
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Fn::GetAtt": ["Connector", "Arn"]},
            "Principal": share.account.as_str(),
        });
        let permission = json!({"Type": "AWS::Lambda::Permission", "Properties": properties});
        add(&format!("PermissionOf{}", share.account), permission);
    }
    if let Some(bucket) = &settings.results_bucket {
        add("Workgroup", workgroup(&settings.workgroup, bucket));
    }
    let function = json!({"Fn::GetAtt": ["Connector", "Arn"]});
    add("DataCatalog", data_catalog(&settings.catalog, &function));
    let mut template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Athena connector for DynamoDB",
        "Parameters": parameters(stack),
        "Resources": resources,
        "Outputs": {"FunctionArn": {"Value": function}},
    });
    if is_watched {
        watch(&mut template, stack);
    }
    if is_sam {
        template["Transform"] = json!("AWS::Serverless-2016-10-31");
    }
    template
}

/// The template of an account that it is shared with.
pub(crate) fn account_b(stack: &Stack, share: &Share) -> Value {
    let blanks = Blanks {
        pairs: vec![(
            format!(":{}:", share.account),
            ":${AWS::AccountId}:".to_owned(),
        )],
        wrap: |text| json!({"Fn::Sub": text}),
    };
    let policy = json!({
        "PolicyName": SHARE_POLICY,
        "PolicyDocument": blanks.in_document(&documents::share_policy(stack, share)),
    });
    let trust: Value = serde_json::from_str(&documents::share_trust(stack, share).to_json())
        .expect("a printed document is JSON");
    let role = json!({
        "RoleName": stack.share_role_name(),
        "AssumeRolePolicyDocument": trust,
        "Policies": [policy],
    });
    let analysts = blanks.in_document(&documents::analyst_policy(stack, share));
    let analysts = json!({
        "Description": format!("Querying {} of account {}", share.catalog, stack.account),
        "PolicyDocument": analysts,
    });
    let mut template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("Athena connector for DynamoDB, shared by account {}", stack.account),
        "Resources": {
            "SharingRole": {"Type": "AWS::IAM::Role", "Properties": role},
            "AnalystPolicy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": analysts},
            "DataCatalog": data_catalog(&share.catalog, &json!(stack.function_arn().to_string())),
        },
    });
    if let Some(results) = &share.results {
        let workgroup = workgroup(&results.workgroup, &results.bucket);
        template["Resources"]["Workgroup"] = workgroup;
    }
    template
}

fn workgroup(name: &str, bucket: &str) -> Value {
    let result = json!({"OutputLocation": format!("s3://{bucket}/")});
    let configuration =
        json!({"EnforceWorkGroupConfiguration": true, "ResultConfiguration": result});
    let properties = json!({"Name": name, "WorkGroupConfiguration": configuration});
    json!({"Type": "AWS::Athena::WorkGroup", "Properties": properties})
}

fn blanks(stack: &Stack) -> Blanks {
    let settings = &stack.settings;
    let folder = format!(":{}/{}/", settings.spill_bucket, settings.spill_prefix);
    Blanks {
        pairs: vec![
            (folder, ":${SpillBucket}/${SpillPrefix}/".to_owned()),
            (
                format!(":::{}", settings.spill_bucket),
                ":::${SpillBucket}".to_owned(),
            ),
            (stack.account.to_string(), "${AWS::AccountId}".to_owned()),
            (format!(":{}:", stack.region), ":${AWS::Region}:".to_owned()),
        ],
        wrap: |text| json!({"Fn::Sub": text}),
    }
}

/// Named as in the Java connector's template.
fn parameters(stack: &Stack) -> Value {
    let settings = &stack.settings;
    let text = |default: &str, what: &str| json!({"Type": "String", "Default": default, "Description": what});
    json!({
        "AthenaCatalogName": {
            "Type": "String", "Default": settings.function, "AllowedPattern": "^[a-zA-Z0-9-_]{1,64}$",
            "Description": "Name of the function",
        },
        "SpillBucket": text(&settings.spill_bucket, "Bucket for results above Lambda's response limit"),
        "SpillPrefix": text(&settings.spill_prefix, "Folder of that bucket"),
        "LambdaMemory": {
            "Type": "Number", "Default": settings.memory, "MinValue": 128, "MaxValue": 10240,
            "Description": "Memory of the function in MB",
        },
        "LambdaTimeout": {
            "Type": "Number", "Default": settings.timeout, "MinValue": 1, "MaxValue": 900,
            "Description": "Longest time of a call in seconds",
        },
        "DisableSpillEncryption": {
            "Type": "String", "Default": "false", "AllowedValues": ["true", "false"],
            "Description": "Whether spilled blocks are left unencrypted",
        },
        "CodeBucket": {"Type": "String", "Description": "Bucket that the function's package was uploaded to"},
        "CodeKey": text("bootstrap.zip", "Key of the package"),
    })
}

fn spill_bucket() -> Value {
    let sse = json!({"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}});
    let rule = json!({
        "Id": "athena-spill-expiry",
        "Status": "Enabled",
        "Prefix": {"Fn::Sub": "${SpillPrefix}/"},
        "ExpirationInDays": 1,
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    });
    json!({
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "BucketName": {"Ref": "SpillBucket"},
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [sse]},
            "LifecycleConfiguration": {"Rules": [rule]},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": true, "BlockPublicPolicy": true,
                "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
            },
        },
    })
}

fn execution_role(stack: &Stack, blanks: &Blanks) -> Value {
    let wanted = crate::plan::execution_role(stack).expect("the role is ours");
    let mut properties = json!({
        "AssumeRolePolicyDocument": blanks.in_document(&wanted.trust),
        "ManagedPolicyArns": wanted.managed,
        "Policies": [{
            "PolicyName": wanted.policy_name,
            "PolicyDocument": blanks.in_document(&wanted.policy),
        }],
    });
    if let Some(boundary) = &wanted.boundary {
        properties["PermissionsBoundary"] = json!(boundary);
    }
    json!({"Type": "AWS::IAM::Role", "Properties": properties})
}

/// Adds a dashboard and alarms, which tell a topic if one is given.
fn watch(template: &mut Value, stack: &Stack) {
    let namespace = namespace(stack);
    let names = Names {
        function: "${AthenaCatalogName}",
        region: "${AWS::Region}",
        timeout: "${LambdaTimeout}",
        namespace: &namespace,
    };
    template["Parameters"]["AlarmTopicArn"] = json!({
        "Type": "String", "Default": "", "Description": "Topic of SNS that alarms tell; empty for none",
    });
    template["Conditions"] =
        json!({"HasAlarmTopic": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmTopicArn"}, ""]}]}});
    let topic =
        json!({"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]});
    for alarm in observability::alarms(&names) {
        let properties = json!({
            "AlarmName": {"Fn::Sub": format!("${{AthenaCatalogName}}-{}", alarm.id)},
            "AlarmDescription": alarm.description,
            "Metrics": queries(&alarm),
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": alarm.threshold,
            "EvaluationPeriods": alarm.periods,
            "TreatMissingData": "notBreaching",
            "AlarmActions": topic,
        });
        let name = format!("Alarm{}", alarm.id);
        template["Resources"][name] =
            json!({"Type": "AWS::CloudWatch::Alarm", "Properties": properties});
    }
    let body = observability::dashboard(&names).to_string();
    let properties =
        json!({"DashboardName": {"Ref": "AthenaCatalogName"}, "DashboardBody": {"Fn::Sub": body}});
    template["Resources"]["Dashboard"] =
        json!({"Type": "AWS::CloudWatch::Dashboard", "Properties": properties});
}

/// What an alarm watches, the last of which is what it judges.
fn queries(alarm: &Alarm) -> Vec<Value> {
    let is_judged = alarm.expression.is_none();
    let mut queries: Vec<Value> = (alarm.metrics.iter())
        .map(|metric| {
            let dimension = json!({"Name": "FunctionName", "Value": {"Ref": "AthenaCatalogName"}});
            let of = json!({
                "Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": [dimension],
            });
            json!({
                "Id": metric.id,
                "ReturnData": is_judged,
                "MetricStat": {"Metric": of, "Period": observability::PERIOD, "Stat": metric.statistic},
            })
        })
        .collect();
    if let Some(expression) = &alarm.expression {
        let expression = if expression.contains("${") {
            json!({"Fn::Sub": expression})
        } else {
            json!(expression)
        };
        queries.push(json!({"Id": "judged", "Expression": expression, "ReturnData": true}));
    }
    queries
}

fn function(stack: &Stack, role: &Value, is_sam: bool, is_watched: bool) -> Value {
    let wanted = crate::plan::function(stack);
    let mut variables = json!(wanted.variables);
    if is_watched {
        variables[observability::VARIABLE] = json!(namespace(stack));
    }
    for (variable, parameter) in [
        ("spill_bucket", "SpillBucket"),
        ("spill_prefix", "SpillPrefix"),
        ("disable_spill_encryption", "DisableSpillEncryption"),
    ] {
        variables[variable] = json!({"Ref": parameter});
    }
    let architecture = stack
        .package
        .as_ref()
        .map_or("x86_64", |package| package.architecture.as_str());
    let mut properties = json!({
        "FunctionName": {"Ref": "AthenaCatalogName"},
        "Runtime": RUNTIME,
        "Handler": HANDLER,
        "Architectures": [architecture],
        "MemorySize": {"Ref": "LambdaMemory"},
        "Timeout": {"Ref": "LambdaTimeout"},
        "Role": role,
        "Environment": {"Variables": variables},
    });
    if let Some(network) = &wanted.network {
        properties["VpcConfig"] =
            json!({"SubnetIds": network.subnets, "SecurityGroupIds": network.security_groups});
    }
    let (kind, code, bucket, key) = if is_sam {
        ("AWS::Serverless::Function", "CodeUri", "Bucket", "Key")
    } else {
        ("AWS::Lambda::Function", "Code", "S3Bucket", "S3Key")
    };
    properties[code] = json!({bucket: {"Ref": "CodeBucket"}, key: {"Ref": "CodeKey"}});
    let mut function = json!({"Type": kind, "Properties": properties});
    if stack.settings.log_retention.is_some() {
        function["DependsOn"] = json!("FunctionLog");
    }
    function
}

fn data_catalog(name: &str, function: &Value) -> Value {
    json!({
        "Type": "AWS::Athena::DataCatalog",
        "Properties": {"Name": name, "Type": "LAMBDA", "Parameters": {"function": function}},
    })
}
