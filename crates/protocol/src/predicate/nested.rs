//! Equality of lists, structs and maps, which is all that predicates know of them (protocol §8).

use super::Scalar;
use super::keys::Key;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, TimeUnit};
use std::hash::{Hash, Hasher};

/// Whether values of these types can be equal or not: the same types down to the leaves, whatever lists call their elements.
pub(super) fn comparable(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::List(a), DataType::List(b)) | (DataType::Map(a, _), DataType::Map(b, _)) => {
            comparable(a.data_type(), b.data_type())
        }
        (DataType::Struct(a), DataType::Struct(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, b)| a.name() == b.name() && comparable(a.data_type(), b.data_type()))
        }
        (DataType::Decimal128(_, a), DataType::Decimal128(_, b)) => a == b,
        // The packed zone counts, the one in the type is a placeholder.
        (DataType::Timestamp(a, Some(_)), DataType::Timestamp(b, Some(_))) => {
            a == b && matches!(a, TimeUnit::Millisecond | TimeUnit::Microsecond)
        }
        (
            DataType::Utf8
            | DataType::Binary
            | DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Float32
            | DataType::Float64
            | DataType::Date32
            | DataType::Date64,
            b,
        ) => a == b,
        _ => false,
    }
}

/// Whether a cell of `a` equals one of `b`, with null equal to null. The types must be [`comparable`].
pub(super) fn equal(a: &dyn Array, i: usize, b: &dyn Array, j: usize) -> bool {
    match (a.is_null(i), b.is_null(j)) {
        (true, true) => return true,
        (false, false) => {}
        _ => return false,
    }
    let elements = |a: &dyn Array, i: &[i32], b: &dyn Array, j: &[i32]| {
        let (i, j) = (i[0]..i[1], j[0]..j[1]);
        i.len() == j.len() && i.zip(j).all(|(i, j)| equal(a, index(i), b, index(j)))
    };
    match a.data_type() {
        DataType::List(_) => {
            let (a, b) = (a.as_list::<i32>(), b.as_list::<i32>());
            elements(
                a.values(),
                &a.value_offsets()[i..],
                b.values(),
                &b.value_offsets()[j..],
            )
        }
        DataType::Map(..) => {
            let (a, b) = (a.as_map(), b.as_map());
            elements(
                a.entries(),
                &a.value_offsets()[i..],
                b.entries(),
                &b.value_offsets()[j..],
            )
        }
        DataType::Struct(_) => {
            let (a, b) = (a.as_struct().columns(), b.as_struct().columns());
            a.iter().zip(b).all(|(a, b)| equal(a, i, b, j))
        }
        _ => leaf(a, i) == leaf(b, j),
    }
}

/// Feeds `hasher` with a cell, so that equal cells hash alike.
pub(super) fn hash(array: &dyn Array, row: usize, hasher: &mut impl Hasher) {
    if array.is_null(row) {
        hasher.write_u8(0);
        return;
    }
    let mut elements = |values: &dyn Array, offsets: &[i32]| {
        hasher.write_i32(offsets[1] - offsets[0]);
        for at in offsets[0]..offsets[1] {
            hash(values, index(at), hasher);
        }
    };
    match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            elements(list.values(), &list.value_offsets()[row..]);
        }
        DataType::Map(..) => {
            let map = array.as_map();
            elements(map.entries(), &map.value_offsets()[row..]);
        }
        DataType::Struct(_) => {
            for child in array.as_struct().columns() {
                hash(child, row, hasher);
            }
        }
        _ => leaf(array, row).hash(hasher),
    }
}

#[derive(PartialEq, Eq, Hash)]
enum Leaf<'a> {
    Bytes(&'a [u8]),
    Decimal(i128),
    Whole(Option<i64>),
}

fn leaf(array: &dyn Array, row: usize) -> Leaf<'_> {
    match array.data_type() {
        DataType::Utf8 => Leaf::Bytes(array.as_string::<i32>().value(row).as_bytes()),
        DataType::Binary => Leaf::Bytes(array.as_binary::<i32>().value(row)),
        _ => match Scalar::of(array, row) {
            Some(Scalar::Decimal { unscaled, .. }) => Leaf::Decimal(unscaled),
            Some(Scalar::Micros(micros)) => Leaf::Whole(Some(micros)),
            scalar => Leaf::Whole(scalar.as_ref().and_then(i64::of_scalar)),
        },
    }
}

fn index(offset: i32) -> usize {
    usize::try_from(offset).expect("offsets of an array are not negative")
}
