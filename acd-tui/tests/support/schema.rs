//! The part of JSON Schema that the schemas of `docs/` use, held against a value. A keyword that is
//! not known here fails the test, so that a schema cannot promise what nobody checks.

use serde_json::Value;

/// What is wrong with a value by a schema, each with its place.
pub fn wrong(schema: &Value, value: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    check(schema, schema, value, "", &mut wrong);
    wrong
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let keywords = schema.as_object().expect("a schema is an object");
    let number = |limit: &Value| limit.as_f64().expect("a limit is a number");
    for (keyword, wants) in keywords {
        let fits = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "additionalProperties" => true,
            "$ref" => {
                let name = wants.as_str().and_then(|name| name.strip_prefix('#'));
                let other = name.and_then(|name| root.pointer(name)).expect("it is defined");
                check(root, other, value, at, wrong);
                true
            }
            "type" => match wants {
                Value::Array(types) => types.iter().any(|wants| is(value, wants)),
                wants => is(value, wants),
            },
            "const" => value == wants,
            "enum" => wants.as_array().is_some_and(|values| values.contains(value)),
            "minimum" => value.as_f64().is_none_or(|value| value >= number(wants)),
            "maximum" => value.as_f64().is_none_or(|value| value <= number(wants)),
            "required" => {
                let names = wants.as_array().expect("names");
                let has = |name: &Value| value.get(name.as_str().expect("a name")).is_some();
                !value.is_object() || names.iter().all(has)
            }
            "properties" => {
                for (name, member) in value.as_object().into_iter().flatten() {
                    if let Some(schema) = wants.get(name).or(keywords.get("additionalProperties")) {
                        check(root, schema, member, &format!("{at}/{name}"), wrong);
                    }
                }
                true
            }
            "items" => {
                for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, wants, item, &format!("{at}/{place}"), wrong);
                }
                true
            }
            other => panic!("{at}: the keyword {other} is not known here"),
        };
        if !fits {
            wrong.push(format!("{at}: {keyword} {wants} is not true of {value}"));
        }
    }
    if let (Some(wants), None) = (keywords.get("additionalProperties"), keywords.get("properties"))
    {
        for (name, member) in value.as_object().into_iter().flatten() {
            check(root, wants, member, &format!("{at}/{name}"), wrong);
        }
    }
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str().expect("a type is a name") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}
