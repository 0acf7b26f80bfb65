//! Archives with odd layouts, names, contents and headers.

use zigdepot_tests::tarball::{LongNames, Tarball};

use super::{Case, tarball};

pub(super) fn layouts() -> Vec<Case> {
    vec![
        Case::new(
            "rooted",
            tarball().dir("p/").file("p/a", "a").file("p/src/b", "b"),
        ),
        Case::new(
            "rooted-without-directories",
            tarball().file("p/a", "a").file("p/src/b", "b"),
        ),
        Case::new("rootless", tarball().file("a", "a").file("b/c", "c")),
        Case::new(
            "rootless-seen-late",
            tarball().file("b/c", "c").file("b/d", "d").file("a", "a"),
        ),
        Case::new("two-tops", tarball().file("p/a", "a").file("q/a", "a")),
        Case::new("empty-second-top", tarball().file("p/a", "a").dir("q/")),
        Case::new("link-beside-top", tarball().file("p/a", "a").link("q", "p")),
        Case::new("link-first", tarball().link("q", "p").file("p/a", "a")),
        Case::new(
            "top-in-top",
            tarball().file("p/q/a", "a").file("p/q/b", "b"),
        ),
        Case::new(
            "empty-directories",
            tarball().dir("p").dir("p/e/f/").file("p/a", "a"),
        ),
        Case::new("one-file", tarball().file("a", "a")).refused_by(&[12, 13, 14]),
        Case::new("no-entry", tarball()).refused_only_here("the package holds no file"),
        Case::new("only-directory", tarball().dir("p/"))
            .other_for(&[17])
            .refused("the package holds no file"),
        Case::new(
            "dot-slash",
            tarball().dir("./").file("./a", "a").file("./b/c", "c"),
        )
        .refused_by(&[12, 13, 14, 15]),
        Case::new(
            "dot-slash-top",
            tarball().file("./p/a", "a").file("./p/b", "b"),
        )
        .refused_by(&[12, 13, 14, 15]),
        Case::new(
            "dot-directory-then-top",
            tarball().dir(".").dir("p").file("p/a", "a"),
        )
        .other_for(&[12, 13, 14, 15]),
        Case::new(
            "through-top",
            tarball().file("p/a", "a").file("p/../q", "q"),
        )
        .other_for(&[12, 13, 14, 15]),
    ]
}

pub(super) fn names() -> Vec<Case> {
    let long = format!("p/{}/{}", "d".repeat(120), "f".repeat(200));
    let split = format!("p/{}/{}", "d".repeat(90), "f".repeat(90));
    let deep = format!("p/{}x", "d/".repeat(1000));
    let target = "t/".repeat(100);
    vec![
        Case::new("long-pax", tarball().file(&long, "x").link("p/l", &target)),
        Case::new(
            "long-gnu",
            Tarball::new(LongNames::Gnu)
                .file(&long, "x")
                .link("p/l", &target),
        ),
        Case::new(
            "long-gnu-directory",
            Tarball::new(LongNames::Gnu).dir(&long).file("p/a", "x"),
        ),
        Case::new("prefix", Tarball::new(LongNames::Prefix).file(&split, "x")),
        Case::new("deep", tarball().file(&deep, "x")),
        Case::new(
            "longest-part",
            tarball().file(&format!("p/{}", "a".repeat(255)), "x"),
        ),
        Case::new(
            "unicode",
            tarball().file("p/ü/日本語.txt", "x").file("p/🦎", "y"),
        ),
        Case::new(
            "not-utf-8",
            tarball()
                .entry(b"p/\xff\xfe", b'0', b"", b"x")
                .file("p/a", "a"),
        ),
        Case::new(
            "odd-bytes",
            tarball()
                .file("p/a\nb", "1")
                .file("p/a b", "2")
                .file("p/a\\b", "3")
                .file("p/C:", "4"),
        ),
        Case::new(
            "sorted-by-bytes",
            tarball()
                .file("p/a/b", "")
                .file("p/a-b", "")
                .file("p/a.b", "")
                .file("p/Z", "")
                .file("p/ä", "")
                .file("p/a0", ""),
        ),
        Case::new(
            "inner-dots",
            tarball()
                .file("p/a/../b", "b")
                .file("p//c", "c")
                .file("p/./d", "d")
                .file("p/...", "e"),
        ),
        Case::new(
            "file-with-slash",
            tarball().file("p/a", "a").file("p/f/", "q"),
        )
        .refused_by(&[12, 13, 14, 15]),
    ]
}

pub(super) fn contents() -> Vec<Case> {
    let mut many = tarball();
    for number in 0..1500 {
        many = many.file(&format!("p/{}/{number}", number % 37), number.to_string());
    }
    let big: Vec<u8> = (0..3_000_000_u32)
        .flat_map(|n| {
            n.wrapping_mul(2_654_435_761)
                .to_le_bytes()
                .into_iter()
                .take(1)
        })
        .collect();
    vec![
        Case::new("empty-files", tarball().file("p/a", "").file("p/b", "")),
        Case::new("many-files", many),
        Case::new("big-file", tarball().file("p/big", big)),
        Case::new(
            "block-sizes",
            [0, 1, 511, 512, 513, 1024]
                .into_iter()
                .fold(tarball(), |tarball, size| {
                    tarball.file(&format!("p/{size}"), vec![b'x'; size])
                }),
        ),
        Case::new(
            "executables",
            tarball()
                .file("p/run.sh", "#!/bin/sh\n")
                .file("p/elf", "\x7fELF")
                .file("p/macho", [0xcf, 0xfa, 0xed, 0xfe])
                .entry(b"p/mode", b'0', b"", b"")
                .edit_header(|header| header[100..107].copy_from_slice(b"0000755")),
        ),
        Case::new(
            "links",
            tarball()
                .file("p/a", "a")
                .link("p/l", "a")
                .link("p/up", "../../x")
                .link("p/abs", "/etc/passwd")
                .link("p/none", "none")
                .link("p/d/loop", "loop")
                .link("p/back\\slash", "a\\b"),
        ),
        Case::new(
            "git-files",
            tarball()
                .file("p/.git/config", "x")
                .file("p/.gitignore", "y")
                .file("p/a", ""),
        ),
    ]
}

pub(super) fn headers() -> Vec<Case> {
    let comment: &[(&str, &[u8])] = &[("comment", b"7b8fbec15a71714619a7e06d617045ffdd6d176b")];
    let pax =
        |key: &'static str, value: &'static [u8]| tarball().pax(&[("mtime", b"1.5"), (key, value)]);
    vec![
        Case::new(
            "global-header",
            tarball()
                .raw(
                    b"pax_global_header",
                    b"",
                    b'g',
                    b"",
                    b"52 comment=7b8fbec15a71714619a7e06d617045ffdd6d176b\n",
                )
                .dir("p/")
                .file("p/a", "a"),
        ),
        Case::new("pax-comment", tarball().pax(comment).file("p/a", "a")),
        Case::new(
            "pax-path",
            pax("path", b"p/named")
                .file("p/other", "a")
                .file("p/b", "b"),
        ),
        Case::new(
            "pax-linkpath",
            pax("linkpath", b"target")
                .link("p/l", "other")
                .file("p/b", "b"),
        ),
        Case::new(
            "pax-size",
            pax("size", b"3").file("p/a", "abc").file("p/b", "b"),
        ),
        Case::new(
            "pax-then-gnu",
            pax("path", b"p/pax")
                .raw(b"L", b"", b'L', b"", b"p/gnu\0")
                .file("p/a", "a"),
        ),
        Case::new(
            "gnu-then-pax",
            tarball()
                .raw(b"L", b"", b'L', b"", b"p/gnu\0")
                .pax(comment)
                .file("p/a", "a"),
        ),
        Case::new(
            "v7",
            tarball()
                .entry(b"p/a", 0, b"", b"")
                .edit_header(|header| header[257..265].fill(0))
                .file("p/b", "b"),
        ),
        Case::new(
            "gnu-magic",
            tarball()
                .entry(b"p/a", b'0', b"", b"")
                .edit_header(|header| header[257..265].copy_from_slice(b"ustar  \0")),
        ),
        Case::new(
            "size-in-base-256",
            tarball()
                .entry(b"p/a", b'0', b"", b"")
                .edit_header(|header| {
                    header[124..136].fill(0);
                    (header[124], header[135]) = (0x80, 5);
                })
                .bytes(&{
                    let mut block = [0; 512];
                    block[..5].copy_from_slice(b"hello");
                    block
                }),
        ),
        Case::new(
            "junk-after-the-end",
            tarball()
                .file("p/a", "a")
                .bytes(&[0; 1024])
                .bytes(&[0xee; 700]),
        ),
        Case::new(
            "one-block-of-zeros",
            tarball().file("p/a", "a").bytes(&[0; 512]).file("p/b", "b"),
        ),
    ]
}
