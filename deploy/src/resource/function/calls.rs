//! The write calls on the function.

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, Environment, FunctionCode, Runtime, VpcConfig};

use crate::aws::{Account, AwsError};
use crate::package::Package;
use crate::resource::function::states::until_ready;
use crate::resource::function::{Configuration, HANDLER, RUNTIME};
use crate::resource::role::gone;
use crate::settings::Network;

/// A write call on the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Create {
        name: String,
        configuration: Configuration,
        code_sha256: String,
        tags: BTreeMap<String, String>,
    },
    Configure {
        name: String,
        configuration: Configuration,
    },
    Code {
        name: String,
        code_sha256: String,
    },
    Delete {
        name: String,
    },
}

impl Call {
    /// What is done, in a few words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Create { name, .. } => format!("create function {name} and wait for it"),
            Self::Configure { name, .. } => format!("configure function {name} and wait for it"),
            Self::Code { name, .. } => format!("update code of function {name} and wait for it"),
            Self::Delete { name } => format!("delete function {name}"),
        }
    }

    /// Makes the call and waits until the function can be used.
    ///
    /// # Errors
    /// What Lambda answers, and a function that does not get ready.
    pub(crate) async fn run(
        &self,
        account: &Account,
        package: Option<&Package>,
    ) -> Result<(), AwsError> {
        let lambda = &account.lambda;
        let given = |action| {
            let missing = "the package that was planned with is not at hand";
            package.ok_or_else(|| AwsError::local(action, &account.region, missing))
        };
        match self {
            Self::Create {
                name,
                configuration,
                tags,
                ..
            } => {
                let package = given("lambda:CreateFunction")?;
                let code = FunctionCode::builder().zip_file(Blob::new(package.bytes()));
                let call = lambda
                    .create_function()
                    .function_name(name)
                    .description("Athena connector for DynamoDB")
                    .runtime(Runtime::from(RUNTIME))
                    .handler(HANDLER)
                    .architectures(Architecture::from(package.architecture.as_str()))
                    .code(code.build())
                    .role(&configuration.role)
                    .memory_size(number(configuration.memory))
                    .timeout(number(configuration.timeout))
                    .environment(environment(configuration))
                    .set_vpc_config(configuration.network.as_ref().map(vpc))
                    .set_tags(Some(tags.clone().into_iter().collect()));
                let done = call.send().await.map(drop);
                done.map_err(account.refused("lambda:CreateFunction", name))?;
                until_ready(account, name).await
            }
            Self::Configure {
                name,
                configuration,
            } => {
                until_ready(account, name).await?;
                let call = lambda
                    .update_function_configuration()
                    .function_name(name)
                    .runtime(Runtime::from(RUNTIME))
                    .handler(HANDLER)
                    .role(&configuration.role)
                    .memory_size(number(configuration.memory))
                    .timeout(number(configuration.timeout))
                    .environment(environment(configuration))
                    .set_vpc_config(configuration.network.as_ref().map(vpc));
                let done = call.send().await.map(drop);
                done.map_err(account.refused("lambda:UpdateFunctionConfiguration", name))?;
                until_ready(account, name).await
            }
            Self::Code { name, .. } => {
                let package = given("lambda:UpdateFunctionCode")?;
                until_ready(account, name).await?;
                let call = lambda
                    .update_function_code()
                    .function_name(name)
                    .zip_file(Blob::new(package.bytes()))
                    .architectures(Architecture::from(package.architecture.as_str()));
                let done = call.send().await.map(drop);
                done.map_err(account.refused("lambda:UpdateFunctionCode", name))?;
                until_ready(account, name).await
            }
            Self::Delete { name } => {
                let done = lambda
                    .delete_function()
                    .function_name(name)
                    .send()
                    .await
                    .map(drop);
                gone(done.map_err(account.refused("lambda:DeleteFunction", name)))
            }
        }
    }
}

fn number(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn environment(configuration: &Configuration) -> Environment {
    let variables = configuration.variables.clone().into_iter().collect();
    Environment::builder()
        .set_variables(Some(variables))
        .build()
}

fn vpc(network: &Network) -> VpcConfig {
    VpcConfig::builder()
        .set_subnet_ids(Some(network.subnets.iter().cloned().collect()))
        .set_security_group_ids(Some(network.security_groups.iter().cloned().collect()))
        .build()
}

/// Values of variables may be secret.
impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configuration")
            .field("role", &self.role)
            .field("memory", &self.memory)
            .field("timeout", &self.timeout)
            .field("variables", &self.variables.keys())
            .field("network", &self.network)
            .finish()
    }
}
