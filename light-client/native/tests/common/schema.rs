//! As much of JSON Schema as the network file's schema uses. Any other keyword ends the test, so
//! that none is overlooked.

use serde_json::Value;

/// A schema and the definitions inside it.
pub struct Schema {
    root: Value,
}

impl Schema {
    pub fn new(root: Value) -> Self {
        Self { root }
    }

    pub fn is_valid(&self, instance: &Value) -> bool {
        self.accepts(&self.root, instance)
    }

    fn accepts(&self, schema: &Value, instance: &Value) -> bool {
        schema.as_object().unwrap().iter().all(|(keyword, rule)| match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let place = rule.as_str().unwrap().strip_prefix('#').unwrap();
                self.accepts(self.root.pointer(place).unwrap_or_else(|| panic!("no definition {place}")), instance)
            }
            "anyOf" => rule.as_array().unwrap().iter().any(|schema| self.accepts(schema, instance)),
            "type" => match rule {
                Value::Array(types) => types.iter().any(|name| has_type(instance, name.as_str().unwrap())),
                name => has_type(instance, name.as_str().unwrap()),
            },
            "const" => instance == rule,
            "required" => instance.as_object().is_none_or(|members| {
                rule.as_array().unwrap().iter().all(|key| members.contains_key(key.as_str().unwrap()))
            }),
            "properties" => instance.as_object().is_none_or(|members| {
                let rules = rule.as_object().unwrap();
                members.iter().all(|(key, value)| rules.get(key).is_none_or(|rule| self.accepts(rule, value)))
            }),
            "items" => instance.as_array().is_none_or(|items| items.iter().all(|item| self.accepts(rule, item))),
            "minItems" => instance.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
            "maxItems" => instance.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap()),
            "minimum" => {
                instance.as_u64().is_none_or(|number| number >= rule.as_u64().unwrap()) && !is_negative(instance)
            }
            "maximum" => instance.as_u64().is_none_or(|number| number <= rule.as_u64().unwrap()),
            "pattern" => instance
                .as_str()
                .is_none_or(|text| regex_lite::Regex::new(rule.as_str().unwrap()).unwrap().is_match(text)),
            other => panic!("the keyword {other} is not known here"),
        })
    }
}

fn is_negative(instance: &Value) -> bool {
    instance.as_i64().is_some_and(|number| number < 0)
}

fn has_type(instance: &Value, name: &str) -> bool {
    match name {
        "null" => instance.is_null(),
        "boolean" => instance.is_boolean(),
        "integer" => instance.is_u64() || instance.is_i64(),
        "string" => instance.is_string(),
        "array" => instance.is_array(),
        "object" => instance.is_object(),
        other => panic!("the type {other} is not known here"),
    }
}
