//! A stand-in with the layout and the manners of GitHub: archives of repositories, and the assets of releases.
//!
//! Two servers, as there: the site, which answers every download with a redirect without a body, and
//! the server that has the files. Archives come as from codeload: chunked, of unknown length,
//! `application/x-gzip`, with a name and an entity tag, without a date. Assets come as from an object
//! store: with their length and ranges, behind a URL whose query is long and signed.
//!
//! It refuses to check what a client is allowed to see, and to make archives: see [`crate::packages`].

use super::{Answer, File, Framing, StandIn};

/// Longer than any other URL that a client meets, as the real ones are.
const SIGNATURE: usize = 900;

/// A stand-in forge: the site and the server of its files.
#[derive(Debug)]
pub struct Forge {
    site: StandIn,
    files: StandIn,
}

impl Forge {
    /// Starts one without repositories.
    pub fn start() -> Self {
        Self {
            site: StandIn::start(),
            files: StandIn::start(),
        }
    }

    /// The site, which redirects; for scripts of its own, such as loops.
    pub fn site(&self) -> &StandIn {
        &self.site
    }

    /// The server of the files.
    pub fn files(&self) -> &StandIn {
        &self.files
    }

    /// `org::<template>` for the setting `ZIG_PKG`.
    pub fn package_template(&self, org: &str) -> String {
        format!("{org}::{}/{org}/$REPO/archive/$FILE", self.site.url())
    }

    /// `org::<template>` for the setting `ZIG_ARTIFACT`.
    pub fn artifact_template(&self, org: &str) -> String {
        let url = self.site.url();
        format!("{org}::{url}/{org}/$REPO/releases/download/$VERSION/$FILE")
    }

    /// Where the site has an archive; `repository` is `org/repo`, `file` such as `v1.tar.gz` or
    /// `refs/heads/main.tar.gz`.
    pub fn archive_url(&self, repository: &str, file: &str) -> String {
        self.site.url() + &archive_path(repository, file)
    }

    /// Where the site has a release's asset.
    pub fn asset_url(&self, repository: &str, version: &str, file: &str) -> String {
        self.site.url() + &asset_path(repository, version, file)
    }

    /// Publishes an archive, or changes it, delivered as codeload does.
    pub fn publish_archive(&self, repository: &str, file: &str, bytes: &[u8]) {
        self.publish_archive_as(repository, file, archive(repository, file, bytes));
    }

    /// Publishes an archive that the file server answers by script.
    pub fn publish_archive_as(&self, repository: &str, file: &str, answer: impl Into<Answer>) {
        let path = codeload_path(repository, file);
        let location = self.files.url() + &path;
        self.site
            .on(&archive_path(repository, file), Answer::found(location));
        self.files.on(&path, answer);
    }

    /// Publishes a release's asset, delivered as an object store does.
    pub fn publish_asset(&self, repository: &str, version: &str, file: &str, bytes: &[u8]) {
        self.publish_asset_as(repository, version, file, asset(file, bytes));
    }

    /// Publishes a release's asset that the object store answers by script.
    pub fn publish_asset_as(
        &self,
        repository: &str,
        version: &str,
        file: &str,
        answer: impl Into<Answer>,
    ) {
        let path = object_path(repository, version, file);
        let query = format!(
            "?sp=r&sv=2018-11-09&sr=b&rscd=attachment%3B+filename%3D{file}&sig={}",
            "aB3%2F".repeat(SIGNATURE / 6)
        );
        let location = self.files.url() + &path + &query;
        self.site.on(
            &asset_path(repository, version, file),
            Answer::found(location),
        );
        self.files.on(&path, answer);
    }

    /// Lets the site send clients of a path in a circle.
    pub fn loop_archive(&self, repository: &str, file: &str) {
        let url = self.archive_url(repository, file);
        self.site
            .on(&archive_path(repository, file), Answer::found(url));
    }

    /// How often the site and the file server were asked for an archive.
    pub fn asked_archive(&self, repository: &str, file: &str) -> (usize, usize) {
        let site = self.site.count(&archive_path(repository, file));
        (site, self.files.count(&codeload_path(repository, file)))
    }

    /// How often the site and the object store were asked for an asset.
    pub fn asked_asset(&self, repository: &str, version: &str, file: &str) -> (usize, usize) {
        let site = self.site.count(&asset_path(repository, version, file));
        let object = object_path(repository, version, file);
        (site, self.files.count(&object))
    }

    /// Refuses all connections, the present ones too.
    pub fn switch_off(&self) {
        self.site.switch_off();
        self.files.switch_off();
    }

    /// Answers again after [`Forge::switch_off`], at the same addresses.
    pub fn switch_on(&self) {
        self.site.switch_on();
        self.files.switch_on();
    }
}

/// An archive as codeload delivers it, to be made worse: chunked, with a strong entity tag that is
/// honoured.
pub fn archive(repository: &str, file: &str, bytes: &[u8]) -> File {
    let repo = repository.rsplit('/').next().unwrap_or(repository);
    let reference = file.rsplit('/').next().unwrap_or(file);
    let name = format!("attachment; filename={repo}-{reference}");
    let zip = file.strip_suffix(".zip").is_some();
    let kind = if zip {
        "application/zip"
    } else {
        "application/x-gzip"
    };
    File::new(bytes)
        .framing(Framing::Chunked)
        .kind(kind)
        .undated()
        .field("Content-Disposition", &name)
        .field("Vary", "Authorization,Accept-Encoding,Origin")
        .etag(&tag_of(bytes))
        .conditional()
}

/// A release's asset as an object store delivers it.
pub fn asset(file: &str, bytes: &[u8]) -> File {
    let name = format!("attachment; filename={file}");
    File::new(bytes)
        .field("Content-Disposition", &name)
        .resumable(&tag_of(bytes))
        .conditional()
}

/// An entity tag that changes with the bytes.
pub fn tag_of(bytes: &[u8]) -> String {
    // FNV-1a: nobody attacks it here.
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}{:08x}", bytes.len())
}

fn archive_path(repository: &str, file: &str) -> String {
    format!("/{repository}/archive/{file}")
}

fn asset_path(repository: &str, version: &str, file: &str) -> String {
    format!("/{repository}/releases/download/{version}/{file}")
}

fn codeload_path(repository: &str, file: &str) -> String {
    let form = |end| Some((end, file.strip_suffix(end)?.strip_suffix('.')?));
    let (kind, reference) = form("tar.gz").or_else(|| form("zip")).unwrap_or(("", file));
    format!("/codeload/{repository}/{kind}/{reference}")
}

/// An object's name says nothing of its file.
fn object_path(repository: &str, version: &str, file: &str) -> String {
    let id = tag_of(format!("{repository}/{version}/{file}").as_bytes());
    format!("/github-production-release-asset/722815471/{id}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::packages::Package;
    use crate::scratch::Scratch;
    use crate::tools::{find, run};
    use crate::zigs::zigs;

    const HELLO: &str = "ziglang/hello";
    const FILE: &str = "refs/tags/v0.1.0.tar.gz";

    #[test]
    fn every_zig_fetches_a_package_as_from_github() {
        let forge = Forge::start();
        for zig in zigs() {
            let tree = Package::new("hello").tree(zig.minor());
            forge.publish_archive(HELLO, FILE, &tree.tar_gz("hello-0.1.0"));
            let dir = Scratch::new("forge");
            let hash = zig.fetch(&forge.archive_url(HELLO, FILE), dir.path());
            let hash = hash.unwrap_or_else(|said| panic!("{}: {said}", zig.version()));
            let start = if zig.minor() < 14 {
                "1220"
            } else {
                "hello-0.1.0-"
            };
            assert!(hash.starts_with(start), "{}: {hash}", zig.version());
        }
    }

    #[test]
    fn real_curl_follows_to_a_file_that_it_need_not_fetch_twice() {
        let Some(curl) = find("curl") else { return };
        let forge = Forge::start();
        forge.publish_archive(HELLO, FILE, b"archive");
        let (url, scratch) = (forge.archive_url(HELLO, FILE), Scratch::new("forge"));
        let get = |more: &[&str]| {
            let arguments = [&["-qsSL", "--max-time", "20", "-D", "head", &url], more].concat();
            run(&curl, &arguments, scratch.path()).stdout
        };
        assert_eq!(get(&["--etag-save", "tag"]), b"archive");
        let head = std::fs::read_to_string(scratch.join("head")).unwrap();
        assert!(
            head.contains("302 Scripted\r\n") && head.contains("chunked\r\n"),
            "{head}"
        );
        assert!(head.contains("filename=hello-v0.1.0.tar.gz\r\n"), "{head}");
        assert_eq!(
            get(&["--etag-compare", "tag", "-w", "%{http_code}"]),
            b"304"
        );
        forge.publish_archive(HELLO, FILE, b"changed");
        assert_eq!(get(&["--etag-compare", "tag"]), b"changed");
        assert_eq!(forge.asked_archive(HELLO, FILE), (3, 3));
    }

    #[test]
    fn asset_comes_with_ranges_behind_a_long_address() {
        let Some(curl) = find("curl") else { return };
        let forge = Forge::start();
        forge.publish_asset(HELLO, "v1", "hello.bin", b"0123456789");
        let url = forge.asset_url(HELLO, "v1", "hello.bin");
        let arguments = ["-qsSL", "-r", "4-", "-w", " %{url_effective}", &url];
        let said = run(&curl, &arguments, Path::new("/")).stdout;
        assert!(said.starts_with(b"456789 http://") && said.len() > 900);
        assert_eq!(forge.asked_asset(HELLO, "v1", "hello.bin"), (1, 1));
    }

    #[test]
    fn switched_off_it_refuses_and_switched_on_it_is_where_it_was() {
        let forge = Forge::start();
        let open = std::net::TcpStream::connect(forge.site().address()).unwrap();
        forge.switch_off();
        assert!(std::net::TcpStream::connect(forge.site().address()).is_err());
        assert!(std::net::TcpStream::connect(forge.files().address()).is_err());
        let end = std::io::Read::read(&mut &open, &mut [0]);
        assert!(end.is_err() || end.is_ok_and(|read| read == 0));
        forge.switch_on();
        assert!(std::net::TcpStream::connect(forge.site().address()).is_ok());
    }
}
