//! Plans of other producers and plans built here, in a short notation.

mod show;
mod golden;
