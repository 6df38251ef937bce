//! `explore`: tables, statements, answers and plans on a web page that this program serves to this machine alone.

mod guard;
mod reply;
mod api;
mod server;

use crate::args::ExploreArgs;
use crate::error::Error;
use crate::print::Printer;
use crate::targets;
use guard::Guard;
use server::Server;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Serves the page until it is interrupted.
///
/// # Errors
/// If there is no port to listen on, or nothing can be written.
pub(crate) async fn run(
    args: ExploreArgs,
    vars: BTreeMap<String, String>,
    printer: &mut Printer,
) -> Result<(), Error> {
    let shell = targets::shell(args.over, vars)?;
    let server = Server::bind(args.port).await?;
    let guard = Guard::new(server.address());
    printer.data(&guard.url())?;
    printer.talk("open this address in a browser; Ctrl-C ends it")?;
    server.serve(Arc::new(guard), Arc::new(shell)).await;
    Ok(())
}
