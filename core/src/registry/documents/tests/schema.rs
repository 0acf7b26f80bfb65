//! Whether the API's description is true: a checker of the part of JSON Schema that it uses.

use super::*;
use crate::registry::manifest;

fn openapi() -> Value {
    Value::parse(OPENAPI, &Limits::DEFAULT).unwrap()
}

fn text(value: &Value) -> String {
    value.as_text().unwrap().into_owned()
}

/// What a `$ref` names.
fn find<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let Some(path) = schema.get("$ref").map(text) else {
        return schema;
    };
    let path = path.strip_prefix("#/").unwrap().split('/');
    let named = path.fold(root, |value, key| value.get(key).unwrap());
    find(root, named)
}

/// What is wrong with a value, each with its place.
fn check(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let schema = find(root, schema);
    if let Some(all) = schema.get("anyOf").and_then(Value::items) {
        let fits = all.iter().any(|one| check(root, one, value, at).is_empty());
        return if fits {
            Vec::new()
        } else {
            Vec::from([alloc::format!("{at}: none fits")])
        };
    }
    let mut wrong = Vec::new();
    let types = schema.get("type").expect("each schema has a type");
    let types = types.items().map_or_else(
        || Vec::from([text(types)]),
        |all| all.iter().map(text).collect(),
    );
    if !types.iter().any(|name| is(name, value)) {
        wrong.push(alloc::format!("{at}: not {types:?}"));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        wrong.push(alloc::format!("{at}: another constant"));
    }
    if let Some(all) = schema.get("enum").and_then(Value::items)
        && !all.contains(value)
    {
        wrong.push(alloc::format!("{at}: none of the words"));
    }
    for (n, item) in value.items().unwrap_or_default().iter().enumerate() {
        wrong.extend(check(
            root,
            schema.get("items").unwrap(),
            item,
            &alloc::format!("{at}[{n}]"),
        ));
    }
    wrong.extend(check_members(root, schema, value, at));
    wrong
}

fn check_members(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some(members) = value.members() else {
        return wrong;
    };
    let properties = schema.get("properties");
    for (key, member) in members {
        let at = alloc::format!("{at}.{key}");
        let known = properties.and_then(|all| all.get(key));
        match known.or_else(|| schema.get("additionalProperties")) {
            Some(schema) => wrong.extend(check(root, schema, member, &at)),
            None => wrong.push(alloc::format!("{at}: not listed")),
        }
    }
    for key in schema
        .get("required")
        .and_then(Value::items)
        .unwrap_or_default()
    {
        if value.get(&text(key)).is_none() {
            wrong.push(alloc::format!("{at}: lacks {}", text(key)));
        }
    }
    wrong
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.members().is_some(),
        "array" => value.items().is_some(),
        "string" => value.as_text().is_some(),
        "integer" => value.as_u64().is_some(),
        "boolean" => value.as_bool().is_some(),
        "null" => value.is_null(),
        other => panic!("{other} is not used"),
    }
}

fn faults(schema: &str, document: &str) -> Vec<String> {
    let root = openapi();
    let schemas = root
        .get("components")
        .and_then(|it| it.get("schemas"))
        .unwrap();
    let value = Value::parse(document, &Limits::DEFAULT).unwrap();
    check(&root, schemas.get(schema).unwrap(), &value, schema)
}

fn released() -> String {
    let mut manifest = imported("v1");
    let zon = br#".{ .name = .hello, .version = "1.0.0", .fingerprint = 0x1, .dependencies = .{
        .a = .{ .url = "https://a", .hash = "h" }, .b = .{ .path = "b", .lazy = true } } }"#;
    let zon = crate::zig::manifest::Manifest::parse(zon).unwrap();
    manifest.zig.manifest = Some(ZigManifest::from(&zon));
    manifest.to_text().unwrap()
}

#[test]
fn every_document_is_as_the_description_says() {
    let bare = PackageInfo {
        upstream: None,
        tags: Vec::from([TagInfo::bare(tag("v1"), 1)]),
        probe: Probe::Failed("why".into()),
        trouble: Trouble::default(),
        ..info()
    };
    let nothing = PackageInfo {
        tags: Vec::new(),
        probe: Probe::Unknown,
        ..bare.clone()
    };
    let empty = IngestReport {
        latest: None,
        ..report()
    };
    let failed = JobState::Failed {
        status: 502,
        error: "no answer".into(),
    };
    let mut status = ServiceStatus::new("0.1.0", update());
    status.handle_package(&info());
    let mut trouble = trouble();
    trouble.handle_failure("why", Timestamp(1));
    status.handle_package(&PackageInfo {
        trouble: trouble.clone(),
        ..info()
    });
    let listed = ListedNames::new([package()], [package()]);
    let name = package();
    for (schema, document) in [
        ("FetchAnswer", report().to_document()),
        ("FetchAnswer", empty.to_document()),
        ("Job", job(JobState::Queued).to_document()),
        ("Job", job(JobState::Running).to_document()),
        ("Job", job(JobState::Done(report())).to_document()),
        ("Job", job(failed).to_document()),
        ("UpdateAnswer", UpdateAnswer::Started.to_document()),
        ("UpdateAnswer", UpdateAnswer::Queued.to_document()),
        (
            "UpdateAnswer",
            UpdateAnswer::Cooldown { retry_after: 1 }.to_document(),
        ),
        ("UpdateStatus", update().to_text()),
        ("UpdateStatus", UpdateStatus::default().to_text()),
        ("List", listed.to_document()),
        (
            "SearchAnswer",
            listed.search_document(&SearchQuery::default()),
        ),
        ("Package", info().to_document()),
        ("Package", bare.to_document()),
        ("Package", nothing.to_document()),
        ("Package", PackageInfo { trouble, ..info() }.to_document()),
        ("CheckedPackage", info().check_document(true)),
        ("NotFound", not_found_document(Some(&name))),
        ("NotFound", not_found_document(None)),
        (
            "NotFound",
            PackageInfo::check_not_found(&name, Some("zig"), false),
        ),
        ("Error", error_document("why")),
        ("Status", status.to_document()),
        ("Status", ServiceStatus::default().to_document()),
        ("Manifest", released()),
        ("Manifest", manifest::tests::released().to_text().unwrap()),
    ] {
        assert_eq!(faults(schema, &document), [""; 0], "{document}");
    }
}

#[test]
fn the_checker_finds_faults() {
    for (schema, document) in [
        ("Error", r#"{"status":"error"}"#),
        ("Error", r#"{"status":"error","error":1}"#),
        ("Error", r#"{"status":"ok","error":""}"#),
        ("Error", r#"{"status":"error","error":"","more":1}"#),
        (
            "List",
            r#"{"packages":[1],"local_packages":[],"registered_packages":[]}"#,
        ),
        ("LastIngest", r#"{"at":1,"outcome":"x","error":null}"#),
        ("Status", r#"{"languages":{"zig":"x"}}"#),
    ] {
        assert!(!faults(schema, document).is_empty(), "{document}");
    }
}

/// Calls back for each object in a value.
fn walk(value: &Value, seen: &mut impl FnMut(&Value)) {
    seen(value);
    let members = value.members().unwrap_or_default().iter();
    members.for_each(|(_, member)| walk(member, seen));
    value
        .items()
        .unwrap_or_default()
        .iter()
        .for_each(|item| walk(item, seen));
}

#[test]
fn the_description_refers_to_what_is_there_and_has_nothing_that_nobody_refers_to() {
    let root = openapi();
    let mut named = Vec::new();
    walk(&root, &mut |value| {
        if let Some(path) = value.get("$ref").and_then(Value::as_text) {
            find(&root, value);
            named.push(path.into_owned());
        }
    });
    let components = root.get("components").unwrap();
    for kind in ["schemas", "responses"] {
        for (name, _) in components.get(kind).unwrap().members().unwrap() {
            let path = alloc::format!("#/components/{kind}/{name}");
            assert!(named.contains(&path), "{path}");
        }
    }
}

#[test]
fn every_route_and_status_of_the_api_is_described() {
    let root = openapi();
    let paths = root.get("paths").unwrap();
    let mut statuses = Vec::new();
    let mut routes = Vec::new();
    for (path, methods) in paths.members().unwrap() {
        for (method, operation) in methods.members().unwrap() {
            routes.push(alloc::format!("{method} {path}"));
            let responses = operation.get("responses").unwrap().members().unwrap();
            statuses.extend(responses.iter().map(|(status, _)| status.clone()));
        }
    }
    statuses.sort();
    statuses.dedup();
    let all = "200 202 400 401 403 404 405 409 413 415 422 429 502 503";
    assert_eq!(statuses.join(" "), all);
    assert_eq!(
        routes,
        [
            "post /api/fetch",
            "post /api/update",
            "post /api/check",
            "get /api/list",
            "get /api/search",
            "get /api/info/{package}",
            "get /api/check/{package}",
            "get /api/status",
            "get /api/jobs/{id}",
            "get /api/openapi.json",
            "get /p/{package}/tag/{tag}.tar.gz",
            "get /p/{package}/tag/{tag}.manifest.json",
        ]
    );
}
