//! Media types, by the suffix of a file's name.
//!
//! Zig chooses how to unpack by the Content-Type alone, so an archive must have one that every
//! version from 0.11 on knows, without parameters; where versions differ it is the one that all
//! have in common. What a browser would run is sent as mere bytes: a mirror is no web site.

const OTHER: &str = "application/octet-stream";
const TEXT: &str = "text/plain; charset=utf-8";

const TABLE: &[(&str, &str)] = &[
    (".tar.gz", "application/gzip"),
    (".tgz", "application/gzip"),
    (".tar.xz", "application/x-xz"),
    (".txz", "application/x-xz"),
    (".tar.zst", "application/zstd"),
    (".tzst", "application/zstd"),
    (".tar", "application/x-tar"),
    (".zip", "application/zip"),
    (".jar", "application/java-archive"),
    (".json", "application/json"),
    (".minisig", TEXT),
    (".asc", TEXT),
    (".sha256", TEXT),
    (".sha512", TEXT),
    (".txt", TEXT),
];

/// The media type of a file of this name; letter case does not matter.
pub fn of_name(name: &str) -> &'static str {
    let ends_with = |suffix: &str| {
        let tail = name.len().checked_sub(suffix.len());
        tail.and_then(|start| name.get(start..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(suffix))
    };
    let known = TABLE.iter().find(|(suffix, _)| ends_with(suffix));
    known.map_or(OTHER, |(_, media)| *media)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_type_is_by_suffix() {
        for (name, media) in [
            ("zig-0.14.1.tar.xz.minisig", TEXT),
            ("zig-0.14.1.tar.xz", "application/x-xz"),
            ("zig-0.14.1.zip", "application/zip"),
            ("refs/tags/v1.TAR.GZ", "application/gzip"),
            ("a.tgz", "application/gzip"),
            ("a.tar.zst", "application/zstd"),
            ("a.tar", "application/x-tar"),
            ("a.html", OTHER),
            ("a.svg", OTHER),
            ("gz", OTHER),
            ("é.gz", OTHER),
        ] {
            assert_eq!(of_name(name), media, "{name}");
        }
    }
}
