//! Releases that were imported, whose commits follow from what they hold.

use zigdepot_core::registry::sums::Summing;

use super::*;
use crate::sim::registry::repos::SERVED;

/// A world with a package that nobody but its importer knows.
fn imported() -> Rc<World> {
    let world = World::new(1, settings(tune));
    for tag in ["v1.0.0", "v1.1.0"] {
        let genuine = &SERVED[&format!("p/hello/tag/{tag}.tar.gz")][0].bytes;
        let mut sums = Summing::new();
        sums.update(genuine);
        let sums = sums.finish();
        let manifest = format!(
            r#"{{"package":"old","tag":"{tag}","upstream_repo_url":null,"git_commit_oid":null,
            "git_tree_oid":null,"tarball_sha256":"{}","tarball_md5":"{}","tarball_crc32":"{:08x}",
            "size_bytes":{},"generated_at":1700000000,"packbase_release":"0.1.0"}}"#,
            sums.sha256, sums.md5, sums.crc32, sums.size
        );
        let mut disk = world.disk.borrow_mut();
        let path = format!("p/old/tag/{tag}");
        disk.plant(&format!("{path}.tar.gz"), genuine, 1_700_000_000);
        disk.plant(&format!("{path}.manifest.json"), manifest.as_bytes(), 1);
        // What is told of it, is told by its note alone.
        disk.is_damaged = true;
    }
    world
}

fn tags(world: &Rc<World>) -> usize {
    let diary = visit(
        world,
        asking(world, Ask::git("old", Wish::File("info/refs".into()))),
    );
    // There is no manifest that the client could hold it to.
    let _ = world.run();
    let text = diary.borrow().first().and_then(Ending::answer).map(text);
    text.map_or(0, |text| text.matches("refs/tags/").count())
}

#[test]
fn imported_release_that_had_no_room_is_shown_when_there_is() {
    for full in [true, false] {
        let world = imported();
        if full {
            let used = world.disk.borrow().used("");
            world.disk.borrow_mut().capacity = used + 100;
        } else {
            world.weather.borrow_mut().read_only = 100;
        }
        assert_eq!(tags(&world), 0);
        world.disk.borrow_mut().capacity = 1 << 20;
        world.weather.take();
        world.clock.pass(60_000);
        assert_eq!(tags(&world), 2, "full: {full}");
    }
}
