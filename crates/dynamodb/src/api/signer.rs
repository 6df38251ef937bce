//! Whose credentials sign the calls to DynamoDB: a client for each role and caller, few of which are kept.

use super::assume::AssumedRole;
use crate::role::Role;
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::IdentityCache;
use std::sync::{Arc, Mutex};

/// Who reads: the function or a caller, as itself or in a role that it assumes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Signer {
    /// The role that reads.
    pub role: Option<Role>,
    /// Credentials that came with the request; they read, or assume the role. `None`: the function's own.
    pub caller: Option<Credentials>,
}

/// Clients by signer, each with a `T` of its own for what only this signer may know. All use the connections of the function's
/// own client.
pub struct Signers<T> {
    own: Arc<(Client, T)>,
    sts: aws_sdk_sts::Client,
    /// The one that was asked for last stands last.
    others: Mutex<Vec<Kept<T>>>,
}

type Kept<T> = (Signer, Arc<(Client, T)>);

impl<T: Default> Signers<T> {
    /// Signs with `own` where no other signer is asked for; roles are assumed through `sts`.
    pub fn new(own: Client, sts: aws_sdk_sts::Client) -> Self {
        Self {
            own: Arc::new((own, T::default())),
            sts,
            others: Mutex::default(),
        }
    }

    /// The signer's client. Nothing is asked of STS before it makes its first call.
    pub fn of(&self, signer: &Signer) -> Arc<(Client, T)> {
        if *signer == Signer::default() {
            return self.own.clone();
        }
        let mut others = self.others.lock().expect("nothing panics while it is held");
        let known = others.iter().position(|(of, _)| of == signer);
        let found = match known {
            Some(at) => others.remove(at),
            None => (
                signer.clone(),
                Arc::new((self.client(signer), T::default())),
            ),
        };
        if others.len() >= MAX_OTHERS {
            others.remove(0);
        }
        let client = found.1.clone();
        others.push(found);
        client
    }

    fn client(&self, Signer { role, caller }: &Signer) -> Client {
        let config = self.own.0.config().to_builder();
        // The shared cache would keep an entry of every caller for ever.
        let config = match (role, caller) {
            (Some(role), caller) => config
                .credentials_provider(AssumedRole::new(&self.sts, caller.as_ref(), role.clone()))
                .identity_cache(AssumedRole::cache()),
            (None, Some(caller)) => config
                .credentials_provider(caller.clone())
                .identity_cache(IdentityCache::no_cache()),
            (None, None) => config,
        };
        Client::from_conf(config.build())
    }
}

/// Signers besides the function itself whose clients are kept.
const MAX_OTHERS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::RoleArn;
    use aws_sdk_dynamodb::config::{BehaviorVersion, Region};

    fn signers() -> Signers<()> {
        let own = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"));
        let sts = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"));
        Signers::new(
            Client::from_conf(own.build()),
            aws_sdk_sts::Client::from_conf(sts.build()),
        )
    }

    fn role(name: &str, external_id: Option<&str>) -> Role {
        Role {
            arn: RoleArn::new(&format!("arn:aws:iam::111122223333:role/{name}")).unwrap(),
            external_id: external_id.map(str::to_owned),
        }
    }

    fn caller(id: usize, session: Option<&str>) -> Credentials {
        let session = session.map(str::to_owned);
        Credentials::new(format!("AKID{id}"), "secret", session, None, "test")
    }

    #[test]
    fn each_role_and_each_caller_has_a_client_of_its_own() {
        let signers = signers();
        let all = [
            (None, None),
            (None, Some(caller(1, None))),
            (None, Some(caller(1, Some("session")))),
            (Some(role("a", None)), None),
            (Some(role("a", Some("id"))), None),
            (Some(role("b", None)), None),
            (Some(role("a", None)), Some(caller(1, None))),
            (Some(role("a", None)), Some(caller(1, Some("session")))),
        ]
        .map(|(role, caller)| Signer { role, caller });
        let clients = all.each_ref().map(|signer| signers.of(signer));
        for (at, signer) in all.iter().enumerate() {
            for (other, client) in clients.iter().enumerate() {
                let same = Arc::ptr_eq(client, &signers.of(signer));
                assert_eq!(same, at == other, "{at} and {other}");
            }
        }
    }

    #[test]
    fn few_clients_are_kept_those_that_were_asked_for_last_and_the_functions_own() {
        let signers = signers();
        let signer = |id| Signer {
            role: None,
            caller: Some(caller(id, None)),
        };
        let in_role = Signer {
            role: Some(role("a", None)),
            caller: None,
        };
        let (own, kept) = (signers.of(&Signer::default()), signers.of(&in_role));
        let first = signers.of(&signer(0));
        for id in 1..=MAX_OTHERS {
            signers.of(&signer(id));
            assert!(Arc::ptr_eq(&kept, &signers.of(&in_role)), "stays in use");
        }
        assert_eq!(signers.others.lock().unwrap().len(), MAX_OTHERS);
        assert!(!Arc::ptr_eq(&first, &signers.of(&signer(0))));
        assert!(Arc::ptr_eq(&own, &signers.of(&Signer::default())));
    }
}
