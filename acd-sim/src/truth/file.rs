//! Case files: which format a file has, and reading its fields with errors that name them.

use std::path::Path;

use serde_json::{Map, Value};

use super::case::{Case, CaseError};
use super::law::Law;
use super::{routing_file, theory_file};

/// Reads the cases of a file of either format.
pub fn read(path: &Path) -> Result<Vec<Case>, CaseError> {
    let file = path.display().to_string();
    let bytes =
        std::fs::read(path).map_err(|source| CaseError::Read { file: file.clone(), source })?;
    let whole: Value = serde_json::from_slice(&bytes)
        .map_err(|source| CaseError::Json { file: file.clone(), source })?;
    let fields = Fields::new(&file, &whole)?;
    let one = match fields.text("format")? {
        "acd-theory-cases-1" => theory_file::case,
        "acd-sbr-cases-1" => routing_file::case,
        _ => return Err(fields.wrong("format", "acd-theory-cases-1 or acd-sbr-cases-1")),
    };
    let read = |case: &Value| {
        let of = Fields::new(&file, case)?;
        one(&Fields { case: of.text("id")?, ..of })
    };
    fields.list("cases")?.iter().map(read).collect()
}

/// The fields of an object, and whose they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    pub(super) case: &'a str,
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(case: &'a str, value: &'a Value) -> Result<Self, CaseError> {
        let wrong = || value_error(case, "case", value, "an object");
        Ok(Self { case, object: value.as_object().ok_or_else(wrong)? })
    }

    pub(super) fn get(&self, field: &str) -> Option<&'a Value> {
        self.object.get(field).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.get(field).is_some()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.object.iter()
    }

    /// That a field is not what it must be.
    pub(super) fn wrong(&self, field: &str, expected: &str) -> CaseError {
        value_error(self.case, field, self.object.get(field).unwrap_or(&Value::Null), expected)
    }

    pub(super) fn text(&self, field: &str) -> Result<&'a str, CaseError> {
        self.get(field).and_then(Value::as_str).ok_or_else(|| self.wrong(field, "a text"))
    }

    pub(super) fn list(&self, field: &str) -> Result<&'a [Value], CaseError> {
        let list = self.get(field).and_then(Value::as_array).map(Vec::as_slice);
        list.ok_or_else(|| self.wrong(field, "a list"))
    }

    pub(super) fn object(&self, field: &str) -> Result<Self, CaseError> {
        let value = self.get(field).and_then(Value::as_object);
        let object = value.ok_or_else(|| self.wrong(field, "an object"))?;
        Ok(Self { case: self.case, object })
    }

    /// A finite number that is not negative.
    pub(super) fn number(&self, field: &str) -> Result<f64, CaseError> {
        let number = self.get(field).and_then(Value::as_f64);
        let number = number.filter(|number| number.is_finite() && *number >= 0.0);
        number.ok_or_else(|| self.wrong(field, "a number that is not negative"))
    }

    /// A number greater than 0.
    pub(super) fn positive(&self, field: &str) -> Result<f64, CaseError> {
        let number = self.number(field).ok().filter(|number| *number > 0.0);
        number.ok_or_else(|| self.wrong(field, "a number greater than 0"))
    }

    /// A whole number of at most 1,000,000.
    #[expect(clippy::cast_sign_loss, reason = "it is not negative")]
    pub(super) fn count(&self, field: &str) -> Result<u32, CaseError> {
        let number = self.number(field).ok();
        let whole = number.filter(|number| number.fract() == 0.0 && *number <= 1e6);
        let whole = whole.ok_or_else(|| self.wrong(field, "a whole number up to 1,000,000"))?;
        Ok(whole as u32)
    }

    /// Numbers greater than 0, one at least.
    pub(super) fn positives(&self, field: &str) -> Result<Vec<f64>, CaseError> {
        let positive = |value: &Value| value.as_f64().filter(|n| n.is_finite() && *n > 0.0);
        let numbers: Option<Vec<f64>> = self.list(field)?.iter().map(positive).collect();
        let numbers = numbers.filter(|numbers| !numbers.is_empty());
        numbers.ok_or_else(|| self.wrong(field, "a list of numbers greater than 0"))
    }

    /// A law such as `{"k": "exp", "m": 1.0}`.
    pub(super) fn law(&self, field: &str) -> Result<Law, CaseError> {
        let of = self.object(field)?;
        match of.text("k")? {
            "exp" => Ok(Law::Exponential { mean: of.positive("m")? }),
            "det" => Ok(Law::Constant(of.positive("v")?)),
            "logn" => Ok(Law::Lognormal { mean: of.positive("m")?, cv: of.positive("cv")? }),
            _ => Err(self.wrong(field, "a law: exp with m, det with v, or logn with m and cv")),
        }
    }
}

fn value_error(case: &str, field: &str, value: &Value, expected: &str) -> CaseError {
    let mut value = value.to_string();
    if value.len() > 80 {
        let end = (0..=80).rev().find(|at| value.is_char_boundary(*at)).unwrap_or(0);
        value.truncate(end);
        value.push_str("...");
    }
    let (case, field) = (case.to_owned(), field.to_owned());
    CaseError::Value { case, field, value, expected: expected.to_owned() }
}
