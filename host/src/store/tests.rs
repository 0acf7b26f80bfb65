use super::*;
use core::time::Duration;
use std::time::SystemTime;
use zigdepot_core::route::mirrored::MirroredName;
use zigdepot_core::store::ZigKind;
use zigdepot_core::zig::archive::ArchiveName;
use zigdepot_core::zig::version::Version;

const DEV: &str = "zig-0.16.0-dev.1+abcdef012.tar.xz";

fn key(kind: ZigKind, name: &str) -> StoreKey {
    StoreKey::zig(kind, &ArchiveName::parse(name).unwrap())
}

fn store(dir: &Path) -> FileStore {
    FileStore::open(dir).unwrap()
}

fn put(store: &FileStore, key: &StoreKey, bytes: &[u8]) -> Result<Stat, StoreError> {
    let mut staging = store.stage()?;
    staging.append(bytes)?;
    store.publish(staging, key, Placing::New, Some(Timestamp(1_700_000_000)))
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn no_directory_appears_before_its_first_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let staging = store.stage().unwrap();
    assert_eq!(names(dir.path()), [".zigdepot"]);
    drop(staging);
    put(&store, &key(ZigKind::Dev, DEV), b"bytes").unwrap();
    assert_eq!(names(dir.path()), [".zigdepot", "zig"]);
}

#[test]
fn directory_goes_when_nothing_gets_a_name_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let to = dir.path().join("pkg/o/r/f");
    let full = store.in_parent(&to, || Err(StoreError::Full));
    assert_eq!(full, Err(StoreError::Full));
    assert_eq!(names(dir.path()), [".zigdepot"]);
}

#[test]
fn file_below_a_file_is_a_clash() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let key = |path| StoreKey::stored(path).unwrap();
    put(&store, &key("pkg/o/r/a"), b"1").unwrap();
    let below = put(&store, &key("pkg/o/r/a/b"), b"2");
    assert_eq!(below, Err(StoreError::Clash));
    put(&store, &key("pkg/o/r/c/d"), b"3").unwrap();
    let mut staging = store.stage().unwrap();
    staging.append(b"4").unwrap();
    let above = store.publish(staging, &key("pkg/o/r/c"), Placing::Replace, None);
    assert_eq!(above, Err(StoreError::Clash));
}

#[test]
fn directories_come_with_their_first_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(store(dir.path()));
    let put = |n: usize| {
        let store = Arc::clone(&store);
        std::thread::spawn(move || {
            let name = format!("v{n}.tar.gz");
            let name = MirroredName::package("o", "r", &["refs", "tags", &name]).unwrap();
            let mut staging = store.stage().unwrap();
            staging.append(name.file().as_bytes()).unwrap();
            let key = StoreKey::mirrored(&name);
            store.publish(staging, &key, Placing::New, None).unwrap();
        })
    };
    let threads: Vec<_> = (0..8).map(put).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let tags = dir.path().join("pkg/o/r/refs/tags");
    assert_eq!(names(&tags).len(), 8);
    for name in names(&tags) {
        assert_eq!(
            fs::read_to_string(tags.join(&name)).unwrap(),
            format!("refs/tags/{name}")
        );
    }
    let staging = store.staging.as_ref().unwrap().aside().unwrap();
    assert_eq!(names(staging.parent().unwrap()), ["lock"]);
}

#[test]
fn published_file_is_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let key = key(ZigKind::Dev, DEV);
    put(&store, &key, b"first").unwrap();
    assert_eq!(put(&store, &key, b"second"), Err(StoreError::Exists));
    let (file, stat) = store.open_file(&key).unwrap();
    let mut bytes = [0; 16];
    assert_eq!(read_at(&file, 0, &mut bytes), Ok(5));
    assert_eq!(&bytes[..5], b"first");
    assert_eq!((stat.len, stat.modified), (5, Timestamp(1_700_000_000)));
}

#[test]
fn a_file_that_may_change_is_replaced_under_its_readers() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let name = MirroredName::package("o", "r", &["main.tar.gz"]).unwrap();
    let key = StoreKey::mirrored(&name);
    let put = |bytes: &[u8]| {
        let mut staging = store.stage().unwrap();
        staging.append(bytes).unwrap();
        store
            .publish(staging, &key, Placing::Replace, None)
            .unwrap()
    };
    put(b"first one");
    let (old, _) = store.open_file(&key).unwrap();
    put(b"second");
    let mut bytes = [0; 16];
    assert_eq!(read_at(&old, 0, &mut bytes), Ok(9));
    let (new, stat) = store.open_file(&key).unwrap();
    assert_eq!(read_at(&new, 0, &mut bytes), Ok(6));
    assert_eq!(&bytes[..6], b"second");
    assert_eq!(stat.len, 6);
    assert!(names(&dir.path().join(".zigdepot/staging")).len() <= 1);
}

#[test]
fn a_time_past_2038_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let key = key(ZigKind::Dev, DEV);
    let year_2100 = Some(Timestamp(4_102_444_800));
    let staging = store.stage().unwrap();
    let stat = store
        .publish(staging, &key, Placing::New, year_2100)
        .unwrap();
    assert_eq!(Some(stat.modified), year_2100);
    assert_eq!(store.open_file(&key).unwrap().1, stat);
}

#[test]
fn only_versions_can_make_room() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    put(&store, &key(ZigKind::Dev, DEV), b"bytes").unwrap();
    fs::create_dir(dir.path().join("zig/dev/lost+found")).unwrap();
    fs::write(dir.path().join("zig/dev/notes.txt"), "x").unwrap();
    let versions = store.evictables(Scope::All).unwrap();
    let names: Vec<_> = versions.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(names, ["zig/dev/0.16.0-dev.1+abcdef012"]);
}

#[test]
fn own_state_may_be_deleted_while_it_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    fs::remove_dir_all(dir.path().join(".zigdepot")).unwrap();
    put(&store, &key(ZigKind::Dev, DEV), b"bytes").unwrap();
    let second = self::store(dir.path());
    assert!(store.stage().is_ok() && second.stage().is_ok());
    fs::remove_dir_all(dir.path()).unwrap();
    assert!(store.stage().is_err());
    assert!(!dir.path().exists());
}

#[test]
fn dropped_staging_file_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let mut staging = store.stage().unwrap();
    staging.append(b"x").unwrap();
    let path = staging.path().to_owned();
    assert!(path.exists());
    drop(staging);
    assert!(!path.exists());
}

#[test]
fn staging_of_a_living_process_is_left_alone_and_of_a_dead_one_swept() {
    let dir = tempfile::tempdir().unwrap();
    let first = store(dir.path());
    let staging = first.stage().unwrap();
    let dead = dir.path().join(".zigdepot/staging/0-0");
    fs::create_dir(&dead).unwrap();
    fs::write(dead.join("lock"), "").unwrap();
    fs::write(dead.join("7"), "half a file").unwrap();
    std::thread::sleep(Duration::from_millis(5));
    let _second = store(dir.path());
    assert!(!dead.exists());
    assert!(staging.path().exists());
}

#[test]
fn staging_of_a_component_is_left_alone_for_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let staging = dir.path().join(".zigdepot/staging");
    let (young, old) = (staging.join("component-1"), staging.join("component-2"));
    let hours = |count| SystemTime::now() - Duration::from_hours(count);
    for (path, changed) in [(&young, hours(1)), (&old, hours(25))] {
        fs::create_dir_all(path).unwrap();
        fs::write(path.join("0"), "half a file").unwrap();
        File::open(path).unwrap().set_modified(changed).unwrap();
    }
    let _store = store(dir.path());
    assert!(young.exists() && !old.exists());
}

#[test]
fn directory_is_moved_and_merged_without_replacing() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let other = "zig-bootstrap-0.16.0-dev.1+abcdef012.tar.xz";
    put(&store, &key(ZigKind::Dev, DEV), b"dev").unwrap();
    put(&store, &key(ZigKind::Dev, other), b"dev").unwrap();
    put(&store, &key(ZigKind::Nominated, DEV), b"nominated").unwrap();
    let version = Version::parse("0.16.0-dev.1+abcdef012").unwrap();
    let from = StoreKey::zig_version(ZigKind::Dev, &version);
    let to = StoreKey::zig_version(ZigKind::Nominated, &version);
    store.relocate(&from, &to).unwrap();
    let (file, _) = store.open_file(&key(ZigKind::Nominated, DEV)).unwrap();
    let mut bytes = [0; 9];
    assert_eq!(read_at(&file, 0, &mut bytes), Ok(9));
    assert_eq!(&bytes, b"nominated");
    assert!(store.open_file(&key(ZigKind::Nominated, other)).is_ok());
    assert!(
        store.open_file(&key(ZigKind::Dev, DEV)).is_ok(),
        "the other copy stays"
    );
    assert_eq!(
        store.relocate(&key(ZigKind::Stable, "zig-0.1.0.zip"), &to),
        Err(StoreError::NotFound)
    );
}

#[test]
fn space_counts_what_is_published_and_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    assert_eq!(store.space(true).unwrap().used, 0);
    put(&store, &key(ZigKind::Dev, DEV), &[0; 1000]).unwrap();
    assert_eq!(store.space(true).unwrap().used, 1000);
    let versions = store.evictables(Scope::Dev).unwrap();
    assert_eq!((versions.len(), versions[0].bytes), (1, 1000));
    store.delete(&versions[0].key).unwrap();
    assert_eq!(store.space(true).unwrap().used, 0);
    assert_eq!(store.evictables(Scope::Dev).unwrap(), []);
}

#[test]
fn record_replaces() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let proof = key(ZigKind::Dev, DEV).proof();
    store.record(&proof, b"one").unwrap();
    store.record(&proof, b"two!").unwrap();
    assert_eq!(store.open_file(&proof).unwrap().1.len, 4);
}
