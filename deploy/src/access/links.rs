//! The links of the chain, and what should not be possible.

use iam_policy_kit::Arn;
use iam_policy_kit::access::{Caller, Request, Resource};
use iam_policy_kit::matrix::Access;

use crate::settings::{Share, Style};
use crate::stack::Stack;

/// An account that nobody shares with.
pub(super) const STRANGER: &str = "999999999999";
const ATHENA: &str = "athena.amazonaws.com";

/// All links for all accounts that the settings name.
pub(super) fn all(stack: &Stack) -> Vec<Access> {
    let mut links = own(stack);
    for share in &stack.settings.shares {
        links.extend(shared(stack, share));
    }
    links
}

/// What the function itself needs, and what strangers must not have.
fn own(stack: &Stack) -> Vec<Access> {
    let account = &stack.account;
    let role = stack.role_arn();
    let function =
        || Caller::session(role.clone(), &stack.settings.function).expect("it is a role");
    let bucket = Resource::at(&stack.spill_arn()).owned_by(account.clone());
    let object =
        Resource::at(&spilled(stack, &stack.settings.spill_prefix)).owned_by(account.clone());
    let table = stack.settings.tables.first().map_or("any", String::as_str);
    let table = stack.arn(
        "dynamodb",
        &stack.region,
        account.as_str(),
        &format!("table/{table}"),
    );
    let mut logs = stack.log_group_arn();
    logs.resource.push_str(":log-stream:any");
    let lambda = request(
        Caller::service("lambda.amazonaws.com"),
        "sts:AssumeRole",
        Resource::at(&role),
    );
    let mut links = vec![
        wanted(
            "Lambda takes the execution role",
            with(lambda, "aws:SourceAccount", account.as_str()),
        ),
        wanted(
            "function writes its log",
            request(function(), "logs:PutLogEvents", Resource::at(&logs)),
        ),
        wanted(
            "function checks the spill bucket",
            request(function(), "s3:ListBucket", bucket),
        ),
        wanted(
            "function writes spilled blocks",
            request(function(), "s3:PutObject", object.clone()),
        ),
    ];
    if !stack
        .settings
        .variables
        .contains_key("cross_account_role_arn")
    {
        let lists = Resource::none_in(account.clone());
        let lists = request(function(), "dynamodb:ListTables", lists);
        links.push(wanted("function lists tables", lists));
        for action in [
            "dynamodb:DescribeTable",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:PartiQLSelect",
        ] {
            let name = format!("function reads tables ({action})");
            links.push(wanted(
                &name,
                request(function(), action, Resource::at(&table)),
            ));
        }
    }
    let here = |service: &str, resource: &str| {
        Resource::at(&stack.arn(service, &stack.region, account.as_str(), resource))
    };
    let state = request(
        function(),
        "athena:GetQueryExecution",
        here("athena", "workgroup/any"),
    );
    links.push(wanted("function sees whether a query still runs", state));
    if stack.reads_glue() {
        let glue = request(function(), "glue:GetTables", here("glue", "database/any"));
        links.push(wanted("function reads the Glue Data Catalog", glue));
    }
    if let Some(key) = &stack.settings.kms_key {
        let makes = request(function(), "kms:GenerateDataKey", Resource::at(key));
        links.push(wanted("function makes spill keys", makes));
    }
    let stranger = stack.arn("iam", "", STRANGER, "user/stranger");
    let stranger = || Caller::user(stranger.clone()).expect("it is a user");
    let invoke = request(
        stranger(),
        "lambda:InvokeFunction",
        Resource::at(&stack.function_arn()),
    );
    links.push(unwanted(
        "a stranger invokes the function",
        with(invoke, "aws:CalledVia", ATHENA),
    ));
    links.push(unwanted(
        "a stranger reads spilled blocks",
        request(stranger(), "s3:GetObject", object),
    ));
    links
}

/// What a shared account needs, and what it must not have.
#[expect(clippy::too_many_lines, reason = "a few lines for each link")]
fn shared(stack: &Stack, share: &Share) -> Vec<Access> {
    let (a, b) = (&stack.account, &share.account);
    let user = |name: &str| {
        let arn = stack.arn("iam", "", b.as_str(), &format!("user/{name}"));
        Caller::user(arn).expect("it is a user")
    };
    let name = |what: &str| format!("{b}: {what}");
    let in_bucket = |arn: &Arn| Resource::at(arn).owned_by(a.clone());
    let object = spilled(stack, &stack.settings.spill_prefix);
    let catalog = stack.catalog_arn(b, &share.catalog);
    let invoke = request(
        user("analyst"),
        "lambda:InvokeFunction",
        Resource::at(&stack.function_arn()),
    );
    let list = request(
        user("analyst"),
        "s3:ListBucket",
        in_bucket(&stack.spill_arn()),
    );
    let list = match stack.settings.style {
        Style::Strict => with(
            list,
            "s3:prefix",
            &format!("{}/q", stack.settings.spill_prefix),
        ),
        _ => list,
    };
    let role = stack.share_role_arn(share);
    let sharer = stack.arn("iam", "", a.as_str(), "user/sharer");
    let sharer = Caller::user(sharer).expect("it is a user");
    let assume = request(sharer, "sts:AssumeRole", Resource::at(&role));
    let assume = match &share.external_id {
        Some(id) => with(assume, "sts:ExternalId", id),
        None => assume,
    };
    let assumed = Caller::session(role, "share").expect("it is a role");
    let workgroup = stack.arn("athena", &stack.region, b.as_str(), "workgroup/any");
    let starts = request(
        user("analyst"),
        "athena:StartQueryExecution",
        Resource::at(&workgroup),
    );
    let mut links = vec![
        wanted(&name("analyst starts queries"), starts),
        wanted(
            &name("analyst sees the catalog"),
            request(
                user("analyst"),
                "athena:GetDataCatalog",
                Resource::at(&catalog),
            ),
        ),
        wanted(
            &name("analyst invokes the function through Athena"),
            with(invoke, "aws:CalledVia", ATHENA),
        ),
        wanted(
            &name("analyst reads spilled blocks"),
            request(user("analyst"), "s3:GetObject", in_bucket(&object)),
        ),
        wanted(&name("analyst lists the spill bucket"), list),
        wanted(&name("account A assumes the role for sharing"), assume),
        wanted(
            &name("that role registers the catalog"),
            request(
                assumed.clone(),
                "athena:CreateDataCatalog",
                Resource::at(&catalog),
            ),
        ),
        unwanted(
            &name("that role deletes catalogs"),
            request(assumed, "athena:DeleteDataCatalog", Resource::at(&catalog)),
        ),
        unwanted(
            &name("administrator changes the function"),
            request(
                user("admin"),
                "lambda:UpdateFunctionCode",
                Resource::at(&stack.function_arn()),
            ),
        ),
        unwanted(
            &name("administrator writes spilled blocks"),
            request(user("admin"), "s3:PutObject", in_bucket(&object)),
        ),
        unwanted(
            &name("administrator deletes spilled blocks"),
            request(user("admin"), "s3:DeleteObject", in_bucket(&object)),
        ),
    ];
    if let Some(results) = &share.results {
        let object = stack.arn("s3", "", "", &format!("{}/any", results.bucket));
        let object = Resource::at(&object).owned_by(b.clone());
        let writes = request(user("analyst"), "s3:PutObject", object);
        links.push(wanted(&name("analyst writes results"), writes));
    }
    if let Some(key) = &stack.settings.kms_key {
        let opens = request(user("analyst"), "kms:Decrypt", Resource::at(key));
        links.push(wanted(&name("analyst opens spilled blocks"), opens));
    }
    if stack.settings.style != Style::Seed {
        let elsewhere = in_bucket(&spilled(stack, "elsewhere"));
        let reads = request(user("admin"), "s3:GetObject", elsewhere);
        links.push(unwanted(
            &name("administrator reads other folders of the spill bucket"),
            reads,
        ));
        let plain = request(user("admin"), "s3:GetObject", in_bucket(&object));
        let plain = with(plain, "aws:SecureTransport", "false");
        links.push(unwanted(&name("administrator reads without TLS"), plain));
    }
    links
}

fn spilled(stack: &Stack, folder: &str) -> Arn {
    let key = format!("{}/{folder}/q/1", stack.settings.spill_bucket);
    stack.arn("s3", "", "", &key)
}

fn request(caller: Caller, action: &str, resource: Resource) -> Request {
    Request::new(caller, action, resource).expect("actions are written here")
}

fn with(request: Request, key: &str, value: &str) -> Request {
    request.with(key, [value]).expect("keys are written here")
}

fn wanted(name: &str, request: Request) -> Access {
    Access::wanted(name, request)
}

fn unwanted(name: &str, request: Request) -> Access {
    Access::unwanted(name, request)
}
