//! What is measured: the table of scenarios.

use core::time::Duration;

use super::{
    cold::Crowd,
    fixture::{BIG, INDEX_SIZED, SMALL},
    git::repository::Repository,
    git_face::{Clients, Request},
    scenario::{Kind, Scenario},
};

const CLOSE: Option<&str> = Some("Connection: close");

pub(super) const SCENARIOS: &[Scenario] = &[
    scenario(
        "idle",
        Kind::Memory(0),
        "memory at rest, after one request for each file",
    ),
    scenario(
        "slow200",
        Kind::Memory(200),
        "memory while 200 clients read 50 MB very slowly",
    ),
    scenario(
        "small_ka",
        Kind::Many(SMALL, 32, None),
        "371 B, 32 kept connections",
    ),
    scenario(
        "small_ka1000",
        Kind::Many(SMALL, 1000, None),
        "371 B, 1000 kept connections",
    ),
    scenario(
        "small_close",
        Kind::Many(SMALL, 32, CLOSE),
        "371 B, a new connection each; the client is the limit, look at CPU",
    ),
    scenario(
        "index_ka",
        Kind::Many(INDEX_SIZED, 32, None),
        "205 KB, the index's size, 32 kept connections",
    ),
    scenario(
        "index_304",
        Kind::Revalidate(INDEX_SIZED, 32),
        "304 to If-None-Match, 32 kept connections",
    ),
    scenario("big1", Kind::Bulk(BIG, 1), "50 MB, 1 client"),
    scenario("big8", Kind::Bulk(BIG, 8), "50 MB, 8 clients"),
    scenario(
        "burst",
        Kind::Cold(Crowd {
            clients: 20,
            last_after: Duration::ZERO,
        }),
        "20 clients at once on a cold 50 MB file, upstream 20 MB/s",
    ),
    scenario(
        "late",
        Kind::Cold(Crowd {
            clients: 2,
            last_after: Duration::from_millis(1250),
        }),
        "a second client on the cold file, 1.25 s after the first (its figures are the last client's)",
    ),
    scenario(
        "pkg_small_ka",
        Kind::PackageHits(SMALL),
        "371 B, 32 kept connections: a package against a toolchain, in one server",
    ),
    scenario(
        "pkg_index_ka",
        Kind::PackageHits(INDEX_SIZED),
        "205 KB, 32 kept connections: a package against a toolchain, in one server",
    ),
    scenario(
        "pkg_fill",
        Kind::PackageFill,
        "a cold 50 MB package, hashed as it passes, against the same bytes as an artifact",
    ),
    scenario(
        "ingest",
        Kind::Ingest(Repository::Files),
        "a Git tag of 1,500 files, 8 MB, against git clone --depth 1 and git archive",
    ),
    scenario(
        "ingest_tags",
        Kind::Ingest(Repository::Tags),
        "300 Git tags of a small repository",
    ),
    scenario(
        "ingest_large",
        Kind::Ingest(Repository::Large),
        "a Git tag of 250 MB in large files and deltas, 200 MB packed",
    ),
    scenario(
        "git_refs",
        Kind::GitFace(Clients::Replay(Request::Refs, Repository::Small)),
        "GET info/refs, version 2, 8 kept connections",
    ),
    scenario(
        "git_ls_refs",
        Kind::GitFace(Clients::Replay(Request::LsRefs, Repository::Small)),
        "POST ls-refs of one tag, 8 kept connections",
    ),
    scenario(
        "git_fetch_small",
        Kind::GitFace(Clients::Replay(Request::Fetch, Repository::Small)),
        "POST fetch of one tag of 21 files, 60 KB, 8 kept connections",
    ),
    scenario(
        "git_fetch_big",
        Kind::GitFace(Clients::Replay(Request::Fetch, Repository::Big)),
        "POST fetch of one tag of 1,501 files, 8 MB, 8 kept connections",
    ),
    scenario(
        "git_clone_small",
        Kind::GitFace(Clients::Clone(Repository::Small)),
        "git clone --depth 1 of 21 files, 60 KB, 8 at once; the client is the limit, look at CPU",
    ),
    scenario(
        "git_clone_big",
        Kind::GitFace(Clients::Clone(Repository::Big)),
        "git clone --depth 1 of 1,501 files, 8 MB, 8 at once; the client is the limit, look at CPU",
    ),
    scenario(
        "git_clone_memory",
        Kind::GitFace(Clients::CloneMemory(Repository::Big)),
        "memory of fresh servers during 8 clones of 1,501 files, 8 MB, at once",
    ),
];

const fn scenario(name: &'static str, kind: Kind, what: &'static str) -> Scenario {
    Scenario { name, what, kind }
}
