//! Indexes as ziglang.org and the nominated mirror publish them, made of files that are there.

use core::fmt::Write as _;

use zigdepot_core::zig::digest::Sha256Digest;

use super::upstream_path;

/// An index under construction; entries keep their order.
#[derive(Clone, Debug, Default)]
pub struct IndexText {
    entries: Vec<(String, Vec<String>)>,
}

impl IndexText {
    /// An index without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts an entry; `version` is its `version`, if it has one.
    #[must_use]
    pub fn entry(mut self, key: &str, version: Option<&str>) -> Self {
        let version = version.map(|version| format!("\"version\": \"{version}\""));
        self.entries
            .push((key.to_owned(), version.into_iter().collect()));
        self
    }

    /// Adds a file to the last entry, where ziglang.org has it.
    #[must_use]
    pub fn file(self, key: &str, name: &str, bytes: &[u8]) -> Self {
        let url = format!("https://ziglang.org{}", upstream_path(name));
        self.file_at(key, &url, bytes)
    }

    /// Adds a file to the last entry.
    #[must_use]
    pub fn file_at(mut self, key: &str, url: &str, bytes: &[u8]) -> Self {
        let (digest, size) = (Sha256Digest::of(bytes), bytes.len());
        let target = format!(
            "\"{key}\": {{\"tarball\": \"{url}\", \"shasum\": \"{digest}\", \"size\": \"{size}\"}}"
        );
        let (_, members) = self.entries.last_mut().expect("a file belongs to an entry");
        members.push(target);
        self
    }

    /// The text.
    pub fn text(&self) -> String {
        let mut text = String::from("{");
        for (at, (key, members)) in self.entries.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(text, "{comma}\n\"{key}\": {{{}}}", members.join(", "));
        }
        text + "\n}\n"
    }
}
