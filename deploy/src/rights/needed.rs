//! Which rights a call needs of whoever makes it (service authorization reference of each service).

use iam_policy_kit::{AccountId, Arn};

use crate::plan::{Call, Part, Step};
use crate::resource::{bucket, catalog, function, logs, permission, role, workgroup};
use crate::settings::Role;
use crate::stack::Stack;

/// A right to an action on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Need {
    /// Whose policies must grant it.
    pub(crate) account: AccountId,
    /// As a policy names it; `*` where the action knows no resource.
    pub(crate) resource: String,
    /// As in a policy: `iam:CreateRole`.
    pub(crate) action: &'static str,
}

/// What the write calls of a step need.
pub(crate) fn of(stack: &Stack, step: &Step) -> Vec<Need> {
    let place = Place {
        stack,
        account: &step.change.account,
    };
    let calls = step.change.calls.iter();
    calls
        .flat_map(|call| match (&step.part, call) {
            // Made with the role of the other account, which account A has to be able to assume.
            (Part::ShareCatalog(share), Call::Catalog(catalog::Call::Create { .. })) => {
                vec![Need {
                    account: stack.account.clone(),
                    resource: stack.share_role_arn(share).to_string(),
                    action: "sts:AssumeRole",
                }]
            }
            _ => place.call(call),
        })
        .collect()
}

/// What looking at everything needs in account A, and in another account that it is shared with.
pub(crate) fn to_look(stack: &Stack, account: &AccountId) -> Vec<Need> {
    let place = Place { stack, account };
    let settings = &stack.settings;
    let is_a = *account == stack.account;
    let mut needs = place.look_at_role(&if is_a {
        stack.role_arn()
    } else {
        stack.arn(
            "iam",
            "",
            account.as_str(),
            &format!("role/{}", stack.share_role_name()),
        )
    });
    let shares = settings.shares.iter();
    let catalogs: Vec<&String> = if is_a {
        vec![&settings.catalog]
    } else {
        let theirs = shares.filter(|share| share.account == *account);
        theirs.map(|share| &share.catalog).collect()
    };
    for name in catalogs {
        let catalog = stack.catalog_arn(account, name);
        needs.extend(place.on(&catalog, &["athena:GetDataCatalog"]));
    }
    if !is_a {
        let shares = settings.shares.iter();
        for share in shares.filter(|share| share.account == *account) {
            let Some(results) = &share.results else {
                continue;
            };
            needs.extend(place.on(&stack.arn("s3", "", "", &results.bucket), LOOK_AT_BUCKET));
            let workgroup = stack.share_workgroup_arn(share, &results.workgroup);
            needs.extend(place.on(&workgroup, LOOK_AT_WORKGROUP));
        }
        return needs;
    }
    for bucket in std::iter::once(&settings.spill_bucket).chain(&settings.results_bucket) {
        needs.extend(place.on(&stack.arn("s3", "", "", bucket), LOOK_AT_BUCKET));
    }
    needs.extend(place.on(&stack.function_arn(), LOOK_AT_FUNCTION));
    if settings.results_bucket.is_some() {
        needs.extend(place.on(&stack.workgroup_arn(), LOOK_AT_WORKGROUP));
    }
    if settings.log_retention.is_some() {
        let all = stack.arn("logs", &stack.region, account.as_str(), "log-group:*");
        needs.extend(place.on(&all, &["logs:DescribeLogGroups"]));
    }
    needs
}

/// What making the function and mending what has drifted needs besides, in account A or in another one.
pub(crate) fn to_mend(stack: &Stack, account: &AccountId) -> Vec<Need> {
    let place = Place { stack, account };
    let settings = &stack.settings;
    let mends_role = |role: &Arn| place.on(role, &["iam:UpdateAssumeRolePolicy"]);
    let mends_catalog = |name: &str| {
        let catalog = stack.catalog_arn(account, name);
        place.on(&catalog, &["athena:UpdateDataCatalog"])
    };
    if *account != stack.account {
        let shares = settings.shares.iter();
        let theirs = shares.filter(|share| share.account == *account);
        return theirs
            .flat_map(|share| {
                let mut needs = mends_role(&stack.share_role_arn(share));
                needs.extend(mends_catalog(&share.catalog));
                if let Some(results) = &share.results {
                    let workgroup = stack.share_workgroup_arn(share, &results.workgroup);
                    needs.extend(place.on(&workgroup, &["athena:UpdateWorkGroup"]));
                }
                needs
            })
            .collect();
    }
    let function = [
        "lambda:CreateFunction",
        "lambda:TagResource",
        "lambda:UpdateFunctionConfiguration",
        "lambda:UpdateFunctionCode",
        "lambda:RemovePermission",
    ];
    let mut needs = place.on(&stack.function_arn(), &function);
    needs.extend(place.on(&stack.role_arn(), &[PASS_ROLE]));
    if matches!(settings.role, Role::Own(_)) {
        needs.extend(mends_role(&stack.role_arn()));
    }
    needs.extend(mends_catalog(&settings.catalog));
    if settings.results_bucket.is_some() {
        needs.extend(place.on(&stack.workgroup_arn(), &["athena:UpdateWorkGroup"]));
    }
    needs
}

const LOOK_AT_BUCKET: &[&str] = &[
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetEncryptionConfiguration",
    "s3:GetBucketVersioning",
    "s3:GetBucketOwnershipControls",
    "s3:GetLifecycleConfiguration",
    "s3:GetBucketTagging",
    "s3:GetBucketPolicy",
];
const LOOK_AT_WORKGROUP: &[&str] = &["athena:GetWorkGroup", "athena:ListTagsForResource"];
const LOOK_AT_FUNCTION: &[&str] = &[
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    "lambda:GetPolicy",
];

/// Where calls are made.
struct Place<'a> {
    stack: &'a Stack,
    account: &'a AccountId,
}

impl Place<'_> {
    fn on(&self, resource: &Arn, actions: &[&'static str]) -> Vec<Need> {
        let need = |action: &&'static str| Need {
            account: self.account.clone(),
            resource: resource.to_string(),
            action,
        };
        actions.iter().map(need).collect()
    }

    fn here(&self, service: &str, resource: &str) -> Arn {
        let region = &self.stack.region;
        self.stack
            .arn(service, region, self.account.as_str(), resource)
    }

    fn look_at_role(&self, role: &Arn) -> Vec<Need> {
        let looks = &[
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListRolePolicies",
            "iam:ListAttachedRolePolicies",
        ];
        self.on(role, looks)
    }

    fn call(&self, call: &Call) -> Vec<Need> {
        match call {
            Call::Role(call) => self.role(call),
            Call::Bucket(call) => self.bucket(call),
            Call::Logs(call) => self.logs(call),
            Call::Function(call) => self.function(call),
            Call::Permission(call) => {
                let action = match call {
                    permission::Call::Add { .. } => "lambda:AddPermission",
                    permission::Call::Remove { .. } => "lambda:RemovePermission",
                };
                self.on(&self.stack.function_arn(), &[action])
            }
            Call::Workgroup(call) => {
                let (name, actions): (_, &[_]) = match call {
                    workgroup::Call::Create { workgroup, .. } => {
                        (workgroup, &["athena:CreateWorkGroup", "athena:TagResource"])
                    }
                    workgroup::Call::Update { workgroup, .. } => {
                        (workgroup, &["athena:UpdateWorkGroup"])
                    }
                    workgroup::Call::Delete { workgroup } => {
                        (workgroup, &["athena:DeleteWorkGroup"])
                    }
                };
                self.on(&self.here("athena", &format!("workgroup/{name}")), actions)
            }
            Call::Catalog(call) => {
                let (name, actions): (_, &[_]) = match call {
                    catalog::Call::Create { catalog, tags, .. } if tags.is_empty() => {
                        (catalog, &["athena:CreateDataCatalog"])
                    }
                    catalog::Call::Create { catalog, .. } => {
                        (catalog, &["athena:CreateDataCatalog", "athena:TagResource"])
                    }
                    catalog::Call::Update { catalog, .. } => {
                        (catalog, &["athena:UpdateDataCatalog"])
                    }
                    catalog::Call::Delete { catalog } => (catalog, &["athena:DeleteDataCatalog"]),
                };
                self.on(&self.stack.catalog_arn(self.account, name), actions)
            }
        }
    }

    fn role(&self, call: &role::Call) -> Vec<Need> {
        let name = call.role();
        let arn = self
            .stack
            .arn("iam", "", self.account.as_str(), &format!("role/{name}"));
        let actions: &[_] = match call {
            role::Call::Create { .. } => &["iam:CreateRole", "iam:TagRole"],
            role::Call::Trust { .. } => &["iam:UpdateAssumeRolePolicy"],
            role::Call::Policy { .. } => &["iam:PutRolePolicy"],
            role::Call::Attach { .. } => &["iam:AttachRolePolicy"],
            role::Call::Boundary { .. } => &["iam:PutRolePermissionsBoundary"],
            role::Call::Detach { .. } => &["iam:DetachRolePolicy"],
            role::Call::DeletePolicy { .. } => &["iam:DeleteRolePolicy"],
            role::Call::Delete { .. } => &["iam:DeleteRole"],
        };
        self.on(&arn, actions)
    }

    fn bucket(&self, call: &bucket::Call) -> Vec<Need> {
        let arn = self.stack.arn("s3", "", "", call.bucket());
        let actions: &[_] = match call {
            bucket::Call::Create { .. } => &["s3:CreateBucket", "s3:TagResource"],
            bucket::Call::Tag { .. } => &["s3:PutBucketTagging"],
            bucket::Call::Close { .. } => &["s3:PutBucketPublicAccessBlock"],
            bucket::Call::Encrypt { .. } => &["s3:PutEncryptionConfiguration"],
            bucket::Call::Own { .. } => &["s3:PutBucketOwnershipControls"],
            bucket::Call::Lifecycle { .. } | bucket::Call::DeleteLifecycle { .. } => {
                &["s3:PutLifecycleConfiguration"]
            }
            bucket::Call::Policy { .. } => &["s3:PutBucketPolicy"],
            bucket::Call::DeletePolicy { .. } => &["s3:DeleteBucketPolicy"],
            bucket::Call::Delete { .. } => &["s3:DeleteBucket"],
        };
        self.on(&arn, actions)
    }

    fn logs(&self, call: &logs::Call) -> Vec<Need> {
        let group = format!("log-group:{}", self.stack.log_group());
        // These calls are decided on what is in the group, those about tags on the group itself.
        let inside = self.here("logs", &format!("{group}:*"));
        match call {
            logs::Call::Create { .. } => {
                let mut needs = self.on(&inside, &["logs:CreateLogGroup"]);
                needs.extend(self.on(&self.here("logs", &group), &["logs:TagResource"]));
                needs
            }
            logs::Call::Retain { .. } => self.on(&inside, &["logs:PutRetentionPolicy"]),
            logs::Call::Delete { .. } => self.on(&inside, &["logs:DeleteLogGroup"]),
        }
    }

    fn function(&self, call: &function::Call) -> Vec<Need> {
        let actions: &[_] = match call {
            function::Call::Create { .. } => &["lambda:CreateFunction", "lambda:TagResource"],
            function::Call::Configure { .. } => &["lambda:UpdateFunctionConfiguration"],
            function::Call::Code { .. } => &["lambda:UpdateFunctionCode"],
            function::Call::Delete { .. } => &["lambda:DeleteFunction"],
        };
        let mut needs = self.on(&self.stack.function_arn(), actions);
        let gives_role = matches!(
            call,
            function::Call::Create { .. } | function::Call::Configure { .. }
        );
        if gives_role {
            needs.extend(self.on(&self.stack.role_arn(), &[PASS_ROLE]));
        }
        if gives_role && self.stack.settings.network.is_some() {
            let looks = [
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ];
            needs.extend(looks.map(|action| Need {
                account: self.account.clone(),
                resource: "*".to_owned(),
                action,
            }));
        }
        needs
    }
}

/// The right to give a role to a service.
pub(crate) const PASS_ROLE: &str = "iam:PassRole";
