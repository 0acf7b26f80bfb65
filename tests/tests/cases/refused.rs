//! Entries in each other's way, and archives that nobody should take.

use super::{Case, tarball, with};

pub(super) fn clashes() -> Vec<Case> {
    let kept = || with("\"build.zig.zon\", \"kept\"").file("p/kept", "k");
    vec![
        Case::new("twice", tarball().file("p/a", "a").file("p/a", "b"))
            .refused("'a' is there twice"),
        Case::new("twice-as-link", tarball().file("p/a", "a").link("p/a", "b"))
            .refused("'a' is there twice"),
        Case::modern(
            "twice-left-out",
            kept().file("p/a", "a").file("p/a", "b").link("p/a", "c"),
        ),
        Case::new("below-file", tarball().file("p/a", "a").file("p/a/b", "b"))
            .refused("'a/b' lies below a file"),
        Case::new(
            "file-is-directory",
            tarball().file("p/a/b", "b").file("p/a", "a"),
        )
        .refused("'a' is a file, and there are others below it"),
        Case::modern(
            "file-and-directory-left-out",
            kept()
                .file("p/q/a", "a")
                .file("p/q", "q")
                .file("p/r", "r")
                .file("p/r/s", "s"),
        ),
        Case::modern(
            "hard-link-left-out",
            kept().entry(b"p/h", b'1', b"p/kept", b""),
        ),
        Case::modern(
            "hard-link-beside-top-left-out",
            kept().entry(b"h", b'1', b"p/kept", b""),
        ),
        Case::modern(
            "device-left-out",
            kept()
                .entry(b"p/d", b'3', b"", b"")
                .entry(b"p/f", b'6', b"", b"")
                .entry(b"p/7", b'7', b"", b"xyz"),
        ),
        Case::modern(
            "link-without-target-left-out",
            kept().entry(b"p/l", b'2', b"", b""),
        ),
        Case::modern("link-left-out", kept().link("p/l", "nowhere")),
        Case::new(
            "hard-link",
            tarball().file("p/a", "a").entry(b"p/h", b'1', b"p/a", b""),
        )
        .refused("'h' is a hard link"),
        Case::new(
            "fifo",
            tarball().file("p/a", "a").entry(b"p/f", b'6', b"", b""),
        )
        .refused("'f' is no file"),
        Case::new(
            "link-without-target",
            tarball().file("p/a", "a").entry(b"p/l", b'2', b"", b""),
        )
        .refused("'l' is a symbolic link with"),
        Case::modern(
            "hard-link-with-long-name",
            with("\"build.zig.zon\", \"kept\"")
                .entry(
                    format!("p/{}", "h".repeat(120)).as_bytes(),
                    b'1',
                    b"p/kept",
                    b"",
                )
                .file("p/kept", "k"),
        )
        .refused_only_here("'p/hhh"),
        Case::new(
            "below-link",
            tarball()
                .link("p/l", "d")
                .file("p/d/x", "x")
                .file("p/l/y", "y"),
        )
        .refused_only_here("'l/y' lies below a symbolic link"),
        Case::new(
            "below-dangling-link",
            tarball().link("p/l", "d").file("p/l/y", "y"),
        )
        .refused("'l/y' lies below a symbolic link"),
    ]
}

pub(super) fn refusals() -> Vec<Case> {
    let long = format!("p/{}", "a".repeat(256));
    let out = "'p/../../x' is a path that leads out of the package";
    vec![
        Case::new("too-long-part", tarball().file(&long, "x")).refused("'p/aaa"),
        Case::new(
            "bad-checksum",
            tarball()
                .file("p/a", "")
                .edit_header(|_| ())
                .bytes(&[1; 512]),
        )
        .refused("the tar header at byte 512"),
        Case::new(
            "cut-in-content",
            tarball()
                .file("p/a", "")
                .edit_header(|header| header[124..135].copy_from_slice(b"00000100000")),
        )
        .refused("the tar archive is cut off"),
        // They write it beside their cache, or crash.
        Case::new("way-out", tarball().file("p/a", "a").file("p/../../x", "x"))
            .other_for(&[12, 13, 14, 15])
            .refused(out),
    ]
}
