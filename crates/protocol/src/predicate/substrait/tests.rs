//! Plans of other producers and plans built here, compared in a short notation.

mod build;
mod show;
mod golden;
mod relations;
mod references;
mod expressions;
mod malformed;
mod hostile;
