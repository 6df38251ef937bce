//! Whether an expression has its value from one row alone.
//!
//! What looks at other rows, as a window function does, has another value once rows were left out before it: so nothing above it
//! may be applied below it, nor a part of the condition that it stands in.

use super::messages::{
    ArgumentKind, Expression, ExpressionKind, IfClause, IfThen, Root, ScalarFunction,
};

/// Whether it is certain that `of` sees no other row than its own.
pub(super) fn is_row_wise(of: &Expression) -> bool {
    let any = |of: &Option<Expression>| of.as_ref().is_none_or(is_row_wise);
    match &of.kind {
        // A subquery sees one row of those it stands in.
        Some(
            ExpressionKind::Literal(_)
            | ExpressionKind::DynamicParameter(_)
            | ExpressionKind::Subquery(_),
        ) => true,
        Some(ExpressionKind::Selection(of)) => !matches!(of.root, Some(Root::Expression(_))),
        Some(ExpressionKind::ScalarFunction(call)) => is_call_row_wise(call),
        Some(ExpressionKind::SingularOrList(list)) => {
            any(&list.value) && list.options.iter().all(is_row_wise)
        }
        Some(ExpressionKind::Cast(cast)) => any(&cast.input),
        Some(ExpressionKind::IfThen(of)) => {
            let IfThen { ifs, otherwise } = of.as_ref();
            let clause = |IfClause { condition, then }: &IfClause| any(condition) && any(then);
            any(otherwise) && ifs.iter().all(clause)
        }
        // What is in these is not looked at.
        Some(
            ExpressionKind::WindowFunction(_)
            | ExpressionKind::Switch(_)
            | ExpressionKind::MultiOrList(_)
            | ExpressionKind::Nested(_),
        )
        | None => false,
    }
}

fn is_call_row_wise(call: &ScalarFunction) -> bool {
    call.args.iter().all(is_row_wise)
        && call.arguments.iter().all(|argument| match &argument.kind {
            Some(ArgumentKind::Value(value)) => is_row_wise(value),
            Some(ArgumentKind::Enum(_) | ArgumentKind::Type(_)) => true,
            None => false,
        })
}
