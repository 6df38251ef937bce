//! The policies that are in force, as the evaluator takes them.

use iam_policy_kit::access::{Attachment, Estate};
use iam_policy_kit::{Arn, Document};

use super::iam::aws_managed;
use super::world::{World, arn};

impl World {
    /// Every policy of every account, of buckets, functions, keys and roles; those of sessions hang on one key and are not among them.
    pub(super) fn estate(&self) -> Estate {
        let mut estate = Estate::default();
        for account in self.accounts.values() {
            for user in account.users.values() {
                let to = Attachment::Identity(user.arn.clone());
                estate = with_all(estate, &to, &user.inline);
                estate = self.with_managed(estate, &to, &user.attached);
            }
            for role in account.roles.values() {
                let to = Attachment::Identity(role.arn.clone());
                estate = with_all(estate, &to, &role.inline);
                estate = self.with_managed(estate, &to, &role.attached);
                if let Some(boundary) = &role.boundary {
                    let to = Attachment::Boundary(role.arn.clone());
                    estate = self.with_managed(estate, &to, [boundary]);
                }
                let to = Attachment::Resource(role.arn.clone());
                estate = with(estate, to, "trust policy", &role.trust);
            }
            for key in account.keys.values() {
                let to = Attachment::Resource(key.arn.clone());
                estate = with(estate, to, "key policy", &key.policy);
            }
            for function in account.functions.values() {
                if let Some(policy) = function.policy() {
                    let to = Attachment::Resource(function.arn.clone());
                    estate = with(estate, to, "function policy", &policy.to_string());
                }
            }
        }
        for (name, bucket) in &self.buckets {
            if let Some(policy) = &bucket.policy {
                let to = Attachment::Resource(arn("s3", "", "", name));
                estate = with(estate, to, "bucket policy", policy);
            }
        }
        estate
    }

    fn with_managed<'a>(
        &self,
        estate: Estate,
        to: &Attachment,
        arns: impl IntoIterator<Item = &'a String>,
    ) -> Estate {
        arns.into_iter()
            .fold(estate, |estate, arn| match self.managed_policy(arn) {
                Some(text) => with(estate, to.clone(), arn, &text),
                None => estate.with_unread(to.clone(), arn, "there is no such policy"),
            })
    }

    /// The document of a managed policy, AWS's own among them.
    pub(super) fn managed_policy(&self, arn: &str) -> Option<String> {
        if let Some(text) = aws_managed(arn) {
            return Some(text.to_owned());
        }
        let account = arn.parse::<Arn>().ok()?.account_id()?;
        let policy = self.accounts.get(&account)?.policies.get(arn)?;
        Some(policy.document().to_owned())
    }
}

fn with_all<'a>(
    estate: Estate,
    to: &Attachment,
    policies: impl IntoIterator<Item = (&'a String, &'a String)>,
) -> Estate {
    policies.into_iter().fold(estate, |estate, (name, text)| {
        with(estate, to.clone(), name, text)
    })
}

fn with(estate: Estate, to: Attachment, name: &str, text: &str) -> Estate {
    match Document::from_json(text) {
        Ok(document) => estate.with(to, name, document),
        Err(error) => estate.with_unread(to, name, error.to_string()),
    }
}
