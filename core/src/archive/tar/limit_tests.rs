use std::string::ToString;

use super::fixtures::{Block, OK, Tar, long, read_in_pieces};
use super::*;

#[test]
fn no_size_overflows() {
    let most = b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff";
    let unlimited = TarLimits {
        content_bytes: u64::MAX,
        ..TarLimits::default()
    };
    for kind in [b'0', b'5', b'g', b'S'] {
        let tar = Tar::default().header(Block::new(kind, "a", 0).put(124, most));
        let limit = TarLimits::default().content_bytes;
        assert_eq!(tar.read().end, Err(TarError::TooMuchContent { limit }));
        let cut = Err(TarError::Truncated { offset: 512 });
        assert_eq!(read_in_pieces(&tar.0, 512, unlimited).end, cut);
        let twice = Tar::default()
            .pax(b'x', &[("size", "18446744073709551615")])
            .file("a", "");
        let limit = u64::MAX;
        let end = read_in_pieces(&twice.0, 512, unlimited).end;
        assert_eq!(end, Err(TarError::TooMuchContent { limit }));
    }
}

#[test]
fn each_limit_stops_an_archive_and_is_named() {
    let limits = TarLimits {
        content_bytes: 4096,
        headers: 4,
        path_bytes: 120,
        paths_bytes: 200,
        pax_bytes: 200,
    };
    let check = |tar: Tar, expected: Result<(), TarError>| {
        assert_eq!(read_in_pieces(&tar.0, 100, limits).end, expected);
    };
    let file = |size: usize| Tar::default().file("a", &long(size));
    check(file(4096), OK);
    check(file(4096).file("b", ""), OK);
    let content = Err(TarError::TooMuchContent { limit: 4096 });
    check(file(4097), content);
    check(file(4096).file("b", "x"), content);
    check(file(4000).entry(b'g', "g", &[b'x'; 97]), content);
    check(file(4000).entry(b'5', "d", &[b'x'; 97]), content);

    let headers = |kind: u8, count: usize| {
        (0..count).fold(Tar::default(), |tar, _| tar.entry(kind, "d", b""))
    };
    for kind in [b'5', b'x', b'L', b'g'] {
        check(headers(kind, 4), OK);
        check(headers(kind, 5), Err(TarError::TooManyHeaders { limit: 4 }));
    }
    let map = [1; 5 * BLOCK];
    let sparse = Tar::default().header(Block::new(b'S', "a", 0).put(482, &[1]));
    check(sparse.raw(&map), Err(TarError::TooManyHeaders { limit: 4 }));

    let too_long = |offset| Err(TarError::PathTooLong { offset, limit: 120 });
    for kind in [b'L', b'K'] {
        check(Tar::default().entry(kind, "l", long(120).as_bytes()), OK);
        let over = file(1).entry(kind, "l", long(121).as_bytes());
        check(over, too_long(1024));
    }
    for key in ["path", "linkpath"] {
        check(Tar::default().pax(b'x', &[(key, &long(120))]), OK);
        check(file(1).pax(b'x', &[(key, &long(121))]), too_long(1024));
    }
    let (offset, limit) = (0, 200);
    let pax = |length| Tar::default().pax(b'x', &[("comment", &long(length))]);
    check(pax(187), OK);
    check(pax(188), Err(TarError::PaxTooLong { offset, limit }));

    let hundred =
        |kind: u8| Tar::default().header(Block::new(kind, &long(100), 0).link(&long(100)));
    check(hundred(b'2'), OK);
    check(hundred(b'0').file(&long(100), ""), OK);
    let paths = Err(TarError::PathsTooLong { limit: 200 });
    check(hundred(b'2').file("a", ""), paths);
    check(hundred(b'1').file("a", ""), paths);
}

#[test]
fn errors_are_one_line_that_names_the_culprit() {
    let limits = TarLimits::default();
    let (offset, limit) = (512, limits.content_bytes);
    for (error, line) in [
        (
            TarError::TooMuchContent { limit },
            "the archive has more than 4 GiB of content",
        ),
        (
            TarError::TooMuchContent { limit: 1000 },
            "the archive has more than 1000 bytes of content",
        ),
        (
            TarError::PathsTooLong { limit: 64 << 20 },
            "the archive has more than 64 MiB of paths",
        ),
        (
            TarError::TooManyHeaders { limit: 9 },
            "the archive has more than 9 headers",
        ),
        (
            TarError::Checksum { offset },
            "the tar header at byte 512 has a wrong checksum",
        ),
        (
            TarError::Size { offset },
            "the tar header at byte 512 has no valid size",
        ),
        (
            TarError::Pax { offset },
            "the pax header at byte 512 is malformed",
        ),
        (
            TarError::Truncated { offset },
            "the tar archive is cut off at byte 512",
        ),
    ] {
        assert_eq!(error.to_string(), line);
    }
}

#[test]
fn an_error_of_the_caller_ends_the_call() {
    #[derive(Debug, PartialEq)]
    enum Mine {
        Enough,
        Tar(TarError),
    }
    impl From<TarError> for Mine {
        fn from(error: TarError) -> Self {
            Self::Tar(error)
        }
    }
    let tar = Tar::default().file("a", "x").file("b", "y");
    let mut seen = 0;
    let end = TarReader::new(TarLimits::default()).push(&tar.0, &mut |_| {
        seen += 1;
        if seen == 3 { Err(Mine::Enough) } else { Ok(()) }
    });
    assert_eq!((end, seen), (Err(Mine::Enough), 3));
}
