//! The rule that ends the life of spilled blocks, among the rules of others: a put replaces them all, so all go along.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, NoncurrentVersionExpiration,
};

/// The rule by which we find it again.
const RULE: &str = "athena-spill-expiry";

/// All rules with ours among them; `None` if it is there already.
pub(super) fn with_expiry(
    rules: &[LifecycleRule],
    prefix: &str,
    is_versioned: bool,
) -> Option<Vec<LifecycleRule>> {
    let ours = expiry(prefix, is_versioned);
    let mut named = rules.iter().filter(|rule| is_ours(rule));
    if named.next().is_some_and(|rule| is_same(rule, &ours)) && named.next().is_none() {
        return None;
    }
    let mut rules: Vec<LifecycleRule> = rules
        .iter()
        .filter(|rule| !is_ours(rule))
        .cloned()
        .collect();
    rules.push(ours);
    Some(rules)
}

/// All rules but ours; `None` if it is not there.
pub(super) fn without_expiry(rules: &[LifecycleRule]) -> Option<Vec<LifecycleRule>> {
    let others: Vec<LifecycleRule> = rules
        .iter()
        .filter(|rule| !is_ours(rule))
        .cloned()
        .collect();
    (others.len() < rules.len()).then_some(others)
}

fn is_ours(rule: &LifecycleRule) -> bool {
    rule.id() == Some(RULE)
}

/// What S3 adds to a rule by itself does not count.
fn is_same(left: &LifecycleRule, right: &LifecycleRule) -> bool {
    let facts = |rule: &LifecycleRule| {
        (
            rule.status().clone(),
            rule.filter()
                .and_then(LifecycleRuleFilter::prefix)
                .map(str::to_owned),
            rule.expiration().and_then(LifecycleExpiration::days),
            rule.abort_incomplete_multipart_upload()
                .and_then(AbortIncompleteMultipartUpload::days_after_initiation),
            rule.noncurrent_version_expiration()
                .and_then(NoncurrentVersionExpiration::noncurrent_days),
        )
    };
    facts(left) == facts(right)
}

fn expiry(prefix: &str, is_versioned: bool) -> LifecycleRule {
    // With the slash, or `athena-spill-2/` would expire too.
    let filter = LifecycleRuleFilter::builder().prefix(format!("{prefix}/"));
    let abort = AbortIncompleteMultipartUpload::builder().days_after_initiation(1);
    let noncurrent = NoncurrentVersionExpiration::builder().noncurrent_days(1);
    LifecycleRule::builder()
        .id(RULE)
        .status(ExpirationStatus::Enabled)
        .filter(filter.build())
        .expiration(LifecycleExpiration::builder().days(1).build())
        .abort_incomplete_multipart_upload(abort.build())
        .set_noncurrent_version_expiration(is_versioned.then(|| noncurrent.build()))
        .build()
        .expect("the status is set")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other() -> LifecycleRule {
        LifecycleRule::builder()
            .id("theirs")
            .status(ExpirationStatus::Disabled)
            .build()
            .unwrap()
    }

    #[test]
    fn rules_of_others_stay_and_ours_is_there_once() {
        let rules = with_expiry(&[other()], "athena-spill", false).unwrap();
        assert_eq!(rules.len(), 2);
        assert_eq!(rules[0], other());
        assert_eq!(with_expiry(&rules, "athena-spill", false), None);
        let doubled = [rules.clone(), rules.clone()].concat();
        let mended = with_expiry(&doubled, "athena-spill", false).unwrap();
        assert_eq!(mended.iter().filter(|rule| is_ours(rule)).count(), 1);
        assert_eq!(without_expiry(&rules), Some(vec![other()]));
        assert_eq!(without_expiry(&[other()]), None);
    }

    #[test]
    fn another_folder_and_a_versioned_bucket_change_the_rule() {
        let rules = with_expiry(&[], "athena-spill", false).unwrap();
        assert!(with_expiry(&rules, "other", false).is_some());
        assert!(with_expiry(&rules, "athena-spill", true).is_some());
        assert_eq!(rules[0].filter().unwrap().prefix(), Some("athena-spill/"));
    }
}
