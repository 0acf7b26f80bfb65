//! The description of an API, held against what is answered: the part of OpenAPI 3.1 that ours uses.
//!
//! It refuses to pass over a keyword of a schema that it does not know.

use serde_json::{Map, Value};

/// Keywords that say nothing about what may be answered, or that are checked by themselves.
const KNOWN: [&str; 21] = [
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "contentEncoding",
    "default",
    "description",
    "enum",
    "example",
    "examples",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minLength",
    "minimum",
    "pattern",
    "properties",
    "required",
    "type",
];

/// A description.
#[derive(Debug)]
pub struct Description(Value);

impl Description {
    /// As it was served.
    pub fn new(document: Value) -> Self {
        Self(document)
    }

    /// All operations: method in lower case, path with its parameters in braces.
    pub fn operations(&self) -> Vec<(String, String)> {
        let paths = members(&self.0["paths"]);
        let of = |(path, methods): (&String, &Value)| {
            let methods: Vec<_> = members(methods).map(|(method, _)| method.clone()).collect();
            methods
                .into_iter()
                .map(|method| (method, path.clone()))
                .collect::<Vec<_>>()
        };
        paths.flat_map(of).collect()
    }

    /// What an answer (status, media type, body) has that is not described, or lacks.
    pub fn faults(&self, method: &str, path: &str, said: (u16, &str, &Value)) -> Vec<String> {
        let (status, kind, body) = said;
        let answers = &self.0["paths"][path][method]["responses"];
        let answer = self.named(&answers[status.to_string()]);
        let Some(content) = answer.get("content").and_then(Value::as_object) else {
            return vec![format!("{status} is not described")];
        };
        let plain = kind.split(';').next().unwrap_or_default();
        let Some(described) = content.get(plain) else {
            return vec![format!("{status} of {kind} is not described")];
        };
        let mut faults = Vec::new();
        if plain == "application/json" {
            self.check(&described["schema"], body, "answer", &mut faults);
        }
        faults
    }

    fn named<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            None => value,
            Some(name) => {
                let place = name.trim_start_matches('#');
                self.named(self.0.pointer(place).unwrap_or_else(|| panic!("no {name}")))
            }
        }
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let schema = self.named(schema);
        for (keyword, _) in members(schema) {
            assert!(
                KNOWN.contains(&keyword.as_str()),
                "{keyword} is not known here"
            );
        }
        if let Some(any) = schema["anyOf"].as_array() {
            let fits = |one| {
                let mut faults = Vec::new();
                self.check(one, value, at, &mut faults);
                faults.is_empty()
            };
            if !any.iter().any(fits) {
                faults.push(format!("{at}: fits none"));
            }
            return;
        }
        let types = match &schema["type"] {
            Value::Array(all) => all.clone(),
            one @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_)) => vec![one.clone()],
        };
        if !types.iter().any(|name| is(name.as_str(), value)) {
            faults.push(format!("{at}: {value} is not {types:?}"));
        }
        if schema.get("const").is_some_and(|only| only != value) {
            faults.push(format!("{at}: {value} is another constant"));
        }
        if schema["enum"]
            .as_array()
            .is_some_and(|all| !all.contains(value))
        {
            faults.push(format!("{at}: {value} is none of the words"));
        }
        for (number, item) in value.as_array().into_iter().flatten().enumerate() {
            self.check(&schema["items"], item, &format!("{at}[{number}]"), faults);
        }
        if let Some(members) = value.as_object() {
            self.check_members(schema, members, at, faults);
        }
    }

    fn check_members(
        &self,
        schema: &Value,
        members: &Map<String, Value>,
        at: &str,
        faults: &mut Vec<String>,
    ) {
        let (own, others) = (&schema["properties"], &schema["additionalProperties"]);
        let is_free = own.is_null() && others.is_null();
        for (name, value) in members.iter().filter(|_| !is_free) {
            let at = format!("{at}.{name}");
            match own.get(name).or(others.is_object().then_some(others)) {
                Some(schema) => self.check(schema, value, &at, faults),
                None => faults.push(format!("{at}: not described")),
            }
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            if !members.contains_key(name.as_str().unwrap_or_default()) {
                faults.push(format!("{at}: lacks {name}"));
            }
        }
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn is(name: Option<&str>, value: &Value) -> bool {
    match name {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        other => panic!("{other:?} is no type that is used"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn description() -> Description {
        let schema = json!({
            "type": "object",
            "properties": { "a": { "type": "string" }, "b": { "type": ["integer", "null"] } },
            "required": ["a"],
        });
        let answer = json!({ "content": { "application/json": { "schema": schema } } });
        Description::new(json!({
            "paths": { "/x": { "get": { "responses": { "200": answer } } } },
        }))
    }

    #[test]
    fn what_is_described_has_no_fault() {
        let body = json!({ "a": "", "b": null });
        let said = (200, "application/json; charset=utf-8", &body);
        assert_eq!(description().faults("get", "/x", said), [""; 0]);
        assert_eq!(description().operations(), [("get".into(), "/x".into())]);
    }

    #[test]
    fn what_is_not_described_is_a_fault() {
        for (status, kind, body) in [
            (404, "application/json", json!({ "a": "" })),
            (200, "text/plain", json!({ "a": "" })),
            (200, "application/json", json!({})),
            (200, "application/json", json!({ "a": 1 })),
            (200, "application/json", json!({ "a": "", "c": 1 })),
            (200, "application/json", json!([])),
        ] {
            let faults = description().faults("get", "/x", (status, kind, &body));
            assert_eq!(faults.len(), 1, "{status} {kind} {body}: {faults:?}");
        }
    }
}
