//! Plans in pieces: a table `t` of the columns `a`, `s` (a struct of `x` and of a struct `y` of `z`) and `b`.

use super::super::messages::{
    AdvancedExtension, Argument, ArgumentKind, Common, CountMode, Declaration, Emit, EmitKind,
    Expression, ExpressionKind, FetchRel, FieldReference, FieldSegment, FilterRel, Function,
    Literal, LiteralKind, Mapping, Mask, MaskItem, MaskStruct, NamedStruct, NamedTable, OffsetMode,
    PlainType, Plan, PlanRelation, PlanRoot, Planned, Present, ProjectRel, ReadRel, Reference,
    Relation, RelationKind, Root, ScalarFunction, Segment, SegmentKind, SingleRel, SingularOrList,
    SortField, SortKind, SortRel, Source, StructType, Type, TypeKind, Uri,
};
use super::super::{self as substrait, PlanError};
use super::show;
use prost::Message as _;
use serde_json::Value;

/// The names of the functions by their numbers.
pub(super) const FUNCTIONS: [&str; 6] = [
    "and:bool",
    "or:bool",
    "not:bool",
    "equal:any_any",
    "gt",
    "add:i64_i64",
];
pub(super) const AND: u32 = 0;
pub(super) const OR: u32 = 1;
pub(super) const NOT: u32 = 2;
pub(super) const EQUAL: u32 = 3;
pub(super) const GT: u32 = 4;
pub(super) const ADD: u32 = 5;

pub(super) fn expression(kind: ExpressionKind) -> Expression {
    Expression { kind: Some(kind) }
}

pub(super) fn literal(kind: LiteralKind) -> Expression {
    let (kind, variation) = (Some(kind), 0);
    expression(ExpressionKind::Literal(Box::new(Literal {
        kind,
        variation,
    })))
}

pub(super) fn int(value: i64) -> Expression {
    literal(LiteralKind::I64(value))
}

pub(super) fn field(path: &[i32]) -> Expression {
    let segment = path.iter().rev().fold(None, |child, field| {
        let field = FieldSegment {
            field: *field,
            child,
        };
        Some(Segment {
            kind: Some(SegmentKind::Field(Box::new(field))),
        })
    });
    reference(
        segment.map(Reference::Direct),
        Some(Root::Input(Present {})),
    )
}

pub(super) fn reference(reference: Option<Reference>, root: Option<Root>) -> Expression {
    expression(ExpressionKind::Selection(Box::new(FieldReference {
        reference,
        root,
    })))
}

pub(super) fn call(function: u32, arguments: impl IntoIterator<Item = Expression>) -> Expression {
    expression(ExpressionKind::ScalarFunction(Box::new(ScalarFunction {
        function,
        arguments: arguments.into_iter().map(argument).collect(),
        ..Default::default()
    })))
}

pub(super) fn argument(value: Expression) -> Argument {
    Argument {
        kind: Some(ArgumentKind::Value(value)),
    }
}

/// `a = value`, or whatever stands in place of `a`.
pub(super) fn equal(column: i32, value: i64) -> Expression {
    call(EQUAL, [field(&[column]), int(value)])
}

pub(super) fn in_list(value: Expression, options: Vec<Expression>) -> Expression {
    expression(ExpressionKind::SingularOrList(Box::new(SingularOrList {
        value: Some(value),
        options,
    })))
}

pub(super) fn relation(kind: RelationKind) -> Relation {
    Relation { kind: Some(kind) }
}

pub(super) fn plain(kind: fn(PlainType) -> TypeKind) -> Type {
    Type {
        kind: Some(kind(PlainType::default())),
    }
}

pub(super) fn structure(types: Vec<Type>) -> Type {
    Type {
        kind: Some(TypeKind::Struct(Box::new(StructType { types }))),
    }
}

pub(super) fn schema(names: &[&str], types: Vec<Type>) -> NamedStruct {
    NamedStruct {
        names: names.iter().map(ToString::to_string).collect(),
        fields: Some(StructType { types }),
    }
}

pub(super) fn table() -> ReadRel {
    let y = structure(vec![plain(TypeKind::String)]);
    let s = structure(vec![plain(TypeKind::I64), y]);
    ReadRel {
        base_schema: Some(schema(
            &["a", "s", "x", "y", "z", "b"],
            vec![plain(TypeKind::I64), s, plain(TypeKind::I64)],
        )),
        source: Some(Source::NamedTable(NamedTable {
            names: vec!["t".to_owned()],
            advanced: None,
        })),
        ..Default::default()
    }
}

pub(super) fn read() -> Relation {
    relation(RelationKind::Read(Box::new(table())))
}

pub(super) fn filter(input: Relation, condition: Expression) -> Relation {
    relation(RelationKind::Filter(Box::new(FilterRel {
        input: Some(input),
        condition: Some(condition),
        ..Default::default()
    })))
}

pub(super) fn fetch(input: Relation, offset: i64, count: i64) -> Relation {
    computed_fetch(input, Some(int(offset)), Some(int(count)))
}

pub(super) fn computed_fetch(
    input: Relation,
    offset: Option<Expression>,
    count: Option<Expression>,
) -> Relation {
    relation(RelationKind::Fetch(Box::new(FetchRel {
        input: Some(input),
        offset: offset.map(OffsetMode::Expression),
        count: count.map(CountMode::Expression),
        ..Default::default()
    })))
}

pub(super) fn old_fetch(input: Relation, offset: i64, count: i64) -> Relation {
    relation(RelationKind::Fetch(Box::new(FetchRel {
        input: Some(input),
        offset: Some(OffsetMode::Number(offset)),
        count: Some(CountMode::Number(count)),
        ..Default::default()
    })))
}

pub(super) fn sort(input: Relation, column: i32, direction: i32) -> Relation {
    let field = SortField {
        expression: Some(field(&[column])),
        kind: Some(SortKind::Direction(direction)),
    };
    relation(RelationKind::Sort(Box::new(SortRel {
        input: Some(input),
        sorts: vec![field],
        ..Default::default()
    })))
}

pub(super) fn project(
    input: Relation,
    expressions: Vec<Expression>,
    mapping: Option<&[i32]>,
) -> Relation {
    relation(RelationKind::Project(Box::new(ProjectRel {
        common: mapping.map(common),
        input: Some(input),
        expressions,
        ..Default::default()
    })))
}

pub(super) fn common(mapping: &[i32]) -> Common {
    let mapping = mapping.to_vec();
    Common {
        emit: Some(EmitKind::Emit(Emit { mapping })),
        advanced: None,
    }
}

pub(super) fn aggregate(input: Relation) -> Relation {
    relation(RelationKind::Aggregate(Box::new(SingleRel {
        input: Some(input),
    })))
}

pub(super) fn mask(items: &[(i32, bool)], maintain_singular_struct: bool) -> Mask {
    let items = items.iter().map(|(field, is_part)| MaskItem {
        field: *field,
        child: is_part.then_some(Present {}),
    });
    let select = Some(MaskStruct {
        items: items.collect(),
    });
    Mask {
        select,
        maintain_singular_struct,
    }
}

pub(super) fn enhanced() -> AdvancedExtension {
    AdvancedExtension {
        enhancement: Some(Present {}),
    }
}

pub(super) fn function(anchor: u32, name: &str) -> Declaration {
    Declaration {
        mapping: Some(Mapping::Function(Function {
            anchor,
            name: name.to_owned(),
            ..Default::default()
        })),
    }
}

pub(super) fn uri(anchor: u32, uri: &str) -> Uri {
    Uri {
        anchor,
        uri: uri.to_owned(),
    }
}

pub(super) fn plan(relation: Relation) -> Plan {
    let root = PlanRoot {
        input: Some(relation),
        names: Vec::new(),
    };
    Plan {
        extensions: (0..)
            .zip(FUNCTIONS)
            .map(|(anchor, name)| function(anchor, name))
            .collect(),
        relations: vec![Planned {
            relation: Some(PlanRelation::Root(root)),
        }],
        ..Default::default()
    }
}

pub(super) fn try_read(plan: &Plan) -> Result<substrait::Plan, PlanError> {
    substrait::read(&plan.encode_to_vec())
}

/// What a plan of `relation` says.
#[track_caller]
pub(super) fn shown(relation: Relation) -> Value {
    show::plan(&try_read(&plan(relation)).unwrap())
}

/// The filter that a plan of `relation` has.
#[track_caller]
pub(super) fn shown_filter(relation: Relation) -> String {
    let plan = try_read(&plan(relation)).unwrap();
    plan.filter.as_ref().map_or_else(String::new, show::expr)
}
