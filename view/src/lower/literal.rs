//! Literals, and everything that holds expressions: arrays, sets, objects, record ids, ranges.

use std::ops::Bound;

use protocol::{Code, Problem};
use surrealdb_sql::literal::ObjectEntry;
use surrealdb_sql::{BinaryOperator, Constant, Literal, RecordIdKeyLit, RecordIdLit};
use surrealdb_types::{
    Bytes, Datetime, Duration, File, Geometry, Number, Object, Range, RecordId, RecordIdKey, Regex,
    Set, Table, ToSql, Uuid, Value,
};

use super::expression::lower;
use super::scope::Scope;
use crate::plan::{Expr, Function, Input};

/// Makes a leaf of a value.
pub(super) fn leaf(value: Value) -> Expr<Input> {
    Expr::Leaf(Input::Literal(value))
}

/// Returns the value of an expression that is a literal.
pub(super) fn constant_of(expr: &Expr<Input>) -> Option<&Value> {
    match expr {
        Expr::Leaf(Input::Literal(value)) => Some(value),
        _ => None,
    }
}

/// Lowers a literal; one whose parts are all constant becomes one value.
pub(super) fn literal(scope: &mut Scope<'_>, literal: &Literal) -> Result<Expr<Input>, Problem> {
    Ok(leaf(match literal {
        Literal::None => Value::None,
        Literal::Null => Value::Null,
        Literal::UnboundedRange => range(Bound::Unbounded, Bound::Unbounded),
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Float(value) => Value::Number(Number::Float(*value)),
        Literal::Integer(value) => Value::Number(Number::Int(*value)),
        Literal::Decimal(value) => Value::Number(Number::Decimal(*value)),
        Literal::Duration(value) => Value::Duration(Duration::from_std(*value)),
        Literal::String(value) => Value::String(value.as_str().to_owned()),
        Literal::Datetime(value) => Value::Datetime(Datetime::from(*value)),
        Literal::Uuid(value) => Value::Uuid(Uuid::from(*value)),
        Literal::Regex(value) => Value::Regex(Regex::from(value.clone())),
        Literal::Geometry(value) => Value::Geometry(Geometry::from(value.clone())),
        Literal::File(value) => {
            Value::File(File { bucket: value.bucket.clone(), key: value.key.clone() })
        }
        Literal::Bytes(value) => Value::Bytes(Bytes::from(value.clone())),
        Literal::RecordId(value) => return record_id(scope, value),
        Literal::Array(items) => return array(scope, items),
        Literal::Set(items) => {
            let items = array(scope, items)?;
            return Ok(match constant_of(&items) {
                Some(Value::Array(list)) => {
                    leaf(Value::Set(Set::from(list.iter().cloned().collect::<Vec<_>>())))
                }
                _ => Expr::Call(Function("type::set".to_owned()), vec![items]),
            });
        }
        Literal::Object(entries) => return object(scope, entries),
    }))
}

fn array(scope: &mut Scope<'_>, items: &[surrealdb_sql::Expr]) -> Result<Expr<Input>, Problem> {
    let items: Result<Vec<Expr<Input>>, Problem> =
        items.iter().map(|item| lower(scope, item)).collect();
    let items = items?;
    let constants: Option<Vec<Value>> =
        items.iter().map(|item| constant_of(item).cloned()).collect();
    Ok(match constants {
        Some(values) => leaf(Value::Array(values.into())),
        None => Expr::Array(items),
    })
}

fn object(scope: &mut Scope<'_>, entries: &[ObjectEntry]) -> Result<Expr<Input>, Problem> {
    let mut fields: Vec<(String, Expr<Input>)> = Vec::with_capacity(entries.len());
    for ObjectEntry { key, value } in entries {
        let value = lower(scope, value)?;
        fields.retain(|(name, _)| name != key.as_str());
        fields.push((key.as_str().to_owned(), value));
    }
    let constants: Option<Object> = fields
        .iter()
        .map(|(name, value)| Some((name.clone(), constant_of(value)?.clone())))
        .collect();
    Ok(match constants {
        Some(fields) => leaf(geometry(&fields).map_or(Value::Object(fields), Value::Geometry)),
        None => Expr::Object(fields),
    })
}

/// An object of GeoJSON's form, all of literals, is a geometry; its coordinates may be written as integers.
fn geometry(fields: &Object) -> Option<Geometry> {
    fn widen(value: &mut Value) {
        match value {
            Value::Number(Number::Int(whole)) => {
                *value = Value::Number(Number::Float(*whole as f64))
            }
            Value::Array(list) => list.iter_mut().for_each(widen),
            _ => {}
        }
    }
    let mut fields = fields.clone();
    fields.get_mut("coordinates").into_iter().for_each(widen);
    Geometry::try_from_object(&fields)
}

/// A record id whose key holds expressions is made by the function that the database has for it.
fn record_id(scope: &mut Scope<'_>, literal: &RecordIdLit) -> Result<Expr<Input>, Problem> {
    let RecordIdLit { table, key } = literal;
    let key = match key {
        RecordIdKeyLit::Number(key) => RecordIdKey::Number(*key),
        RecordIdKeyLit::String(key) => RecordIdKey::String(key.as_str().to_owned()),
        RecordIdKeyLit::Uuid(key) => RecordIdKey::Uuid(Uuid::from(*key)),
        RecordIdKeyLit::Array(items) => {
            let items = array(scope, items)?;
            match constant_of(&items) {
                Some(Value::Array(list)) => RecordIdKey::Array(list.clone()),
                _ => return Ok(make_record(table.as_str(), items)),
            }
        }
        RecordIdKeyLit::Object(entries) => {
            let fields = object(scope, entries)?;
            match constant_of(&fields) {
                Some(Value::Object(fields)) => RecordIdKey::Object(fields.clone()),
                _ => return Ok(make_record(table.as_str(), fields)),
            }
        }
        RecordIdKeyLit::Generate(_) => {
            let message = format!("`{}` makes another id each time", literal.to_sql());
            return Err(scope.refuse(Code::FunctionRefused, table.as_str(), message));
        }
        RecordIdKeyLit::Range(_) => {
            let message = format!("the range of records `{}` is not understood", literal.to_sql());
            return Err(scope
                .unsupported(table.as_str(), message)
                .hint("compare `id` in WHERE instead"));
        }
    };
    Ok(leaf(Value::RecordId(RecordId { table: Table::from(table.as_str()), key })))
}

fn make_record(table: &str, key: Expr<Input>) -> Expr<Input> {
    let table = leaf(Value::String(table.to_owned()));
    Expr::Call(Function("type::record".to_owned()), vec![table, key])
}

/// Makes a range.
pub(super) fn range(start: Bound<Value>, end: Bound<Value>) -> Value {
    Value::Range(Box::new(Range { start, end }))
}

/// The bounds that a range operator gives its operands.
pub(super) fn range_of(op: &BinaryOperator, start: Value, end: Value) -> Option<Value> {
    Some(match op {
        BinaryOperator::Range => range(Bound::Included(start), Bound::Excluded(end)),
        BinaryOperator::RangeInclusive => range(Bound::Included(start), Bound::Included(end)),
        BinaryOperator::RangeSkip => range(Bound::Excluded(start), Bound::Excluded(end)),
        BinaryOperator::RangeSkipInclusive => range(Bound::Excluded(start), Bound::Included(end)),
        _ => return None,
    })
}

/// The value of a named constant.
pub(super) fn constant(constant: &Constant) -> Value {
    use std::f64::consts;
    let float = match constant {
        Constant::TimeEpoch => {
            let epoch = Datetime::from_timestamp(0, 0).expect("the epoch is a time");
            return Value::Datetime(epoch);
        }
        Constant::TimeMin => return Value::Datetime(Datetime::MIN_UTC),
        Constant::TimeMax => return Value::Datetime(Datetime::MAX_UTC),
        Constant::DurationMax => return Value::Duration(Duration::MAX),
        Constant::MathE => consts::E,
        Constant::MathFrac1Pi => consts::FRAC_1_PI,
        Constant::MathFrac1Sqrt2 => consts::FRAC_1_SQRT_2,
        Constant::MathFrac2Pi => consts::FRAC_2_PI,
        Constant::MathFrac2SqrtPi => consts::FRAC_2_SQRT_PI,
        Constant::MathFracPi2 => consts::FRAC_PI_2,
        Constant::MathFracPi3 => consts::FRAC_PI_3,
        Constant::MathFracPi4 => consts::FRAC_PI_4,
        Constant::MathFracPi6 => consts::FRAC_PI_6,
        Constant::MathFracPi8 => consts::FRAC_PI_8,
        Constant::MathInfinity => f64::INFINITY,
        Constant::MathLn10 => consts::LN_10,
        Constant::MathLn2 => consts::LN_2,
        Constant::MathLog102 => consts::LOG10_2,
        Constant::MathLog10E => consts::LOG10_E,
        Constant::MathLog210 => consts::LOG2_10,
        Constant::MathLog2E => consts::LOG2_E,
        Constant::MathNegInfinity => f64::NEG_INFINITY,
        Constant::MathPi => consts::PI,
        Constant::MathSqrt2 => consts::SQRT_2,
        Constant::MathTau => consts::TAU,
    };
    Value::Number(Number::Float(float))
}
