//! Names of packages: `GET /api/list` and `GET /api/search?q=`.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::name::PackageName;
use super::line;
use crate::json::Value;
use crate::route::{PathError, decode};

/// The packages that there are, each once, sorted by bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedNames {
    local: Vec<PackageName>,
    registered: Vec<PackageName>,
    all: Vec<PackageName>,
}

impl ListedNames {
    /// Joins the packages that have releases here with those that the catalog names. Names that
    /// differ only in case are one package, which is called as it is here.
    pub fn new(
        local: impl IntoIterator<Item = PackageName>,
        registered: impl IntoIterator<Item = PackageName>,
    ) -> Self {
        let sorted = |mut names: Vec<PackageName>| {
            names.sort();
            names.dedup();
            names
        };
        let local = sorted(local.into_iter().collect());
        let registered = sorted(registered.into_iter().collect());
        let mut all = BTreeMap::new();
        for name in local.iter().chain(&registered) {
            all.entry(name.folded()).or_insert_with(|| name.clone());
        }
        let all = sorted(all.into_values().collect());
        Self {
            local,
            registered,
            all,
        }
    }

    /// `{"packages":[…],"local_packages":[…],"registered_packages":[…]}`
    pub fn to_document(&self) -> String {
        line(&Value::object([
            ("packages", names(&self.all)),
            ("local_packages", names(&self.local)),
            ("registered_packages", names(&self.registered)),
        ]))
    }

    /// `{"query":"…","packages":[…]}`: the packages whose names begin with the query, whatever the
    /// case; all of them for an empty one.
    pub fn search_document(&self, query: &SearchQuery) -> String {
        let begins = query.0.to_ascii_lowercase();
        let found = self
            .all
            .iter()
            .filter(|name| name.folded().starts_with(&begins));
        line(&Value::object([
            ("query", Value::text(&query.0)),
            ("packages", names(found)),
        ]))
    }
}

fn names<'a>(names: impl IntoIterator<Item = &'a PackageName>) -> Value {
    Value::texts(names.into_iter().map(PackageName::as_str))
}

/// What is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery(String);

impl SearchQuery {
    /// Reads `q` from a query, as forms encode it: `+` is a blank. Without it, it is empty.
    pub fn parse(query: Option<&str>) -> Result<Self, PathError> {
        let mut pairs = query.unwrap_or_default().split('&');
        let value = pairs.find_map(|pair| pair.strip_prefix("q="));
        decode(&value.unwrap_or_default().replace('+', "%20")).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed() -> ListedNames {
        let parse = |names: &[&str]| -> Vec<PackageName> {
            names
                .iter()
                .map(|name| PackageName::parse(name).unwrap())
                .collect()
        };
        ListedNames::new(
            parse(&["serde.zig", "Hello", "c++"]),
            parse(&["hello", "remote", "remote"]),
        )
    }

    #[test]
    fn a_package_is_listed_once_under_its_own_name() {
        assert_eq!(
            listed().to_document(),
            concat!(
                r#"{"packages":["Hello","c++","remote","serde.zig"],"#,
                r#""local_packages":["Hello","c++","serde.zig"],"#,
                r#""registered_packages":["hello","remote"]}"#,
                "\n"
            )
        );
    }

    #[test]
    fn a_search_finds_what_begins_with_the_query() {
        for (query, found) in [
            (Some("q=HE"), r#"{"query":"HE","packages":["Hello"]}"#),
            (Some("a=b&q=C%2b"), r#"{"query":"C+","packages":["c++"]}"#),
            (Some("q=c+"), r#"{"query":"c ","packages":[]}"#),
            (Some("q=zig"), r#"{"query":"zig","packages":[]}"#),
            (
                None,
                r#"{"query":"","packages":["Hello","c++","remote","serde.zig"]}"#,
            ),
        ] {
            let query = SearchQuery::parse(query).unwrap();
            assert_eq!(
                listed().search_document(&query),
                alloc::format!("{found}\n")
            );
        }
        assert_eq!(SearchQuery::parse(Some("q=%zz")), Err(PathError::Percent));
    }
}
