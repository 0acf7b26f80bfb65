//! Names of a tree's entries that no file system may see (git's `is_ntfs_dotgit` and
//! `is_hfs_dotgit`).

use super::error::NameFault;

pub(super) fn check(name: &[u8]) -> Result<(), NameFault> {
    match name {
        b"" => Err(NameFault::Empty),
        b"." | b".." => Err(NameFault::Dots),
        _ if memchr::memchr(b'/', name).is_some() => Err(NameFault::Slash),
        _ if is_dot_git(name) => Err(NameFault::DotGit),
        _ => Ok(()),
    }
}

/// Most names are decided by the absence of the letters alone.
fn is_dot_git(name: &[u8]) -> bool {
    if memchr::memchr2(b'g', b'G', name).is_none() {
        return false;
    }
    // To Windows a backslash separates names.
    name.split(|&byte| byte == b'\\').any(is_ntfs_dot_git) || is_hfs_dot_git(name)
}

/// NTFS ignores spaces and dots at the end, begins a stream at a colon, and has `GIT~1` as the short
/// name of `.git`.
fn is_ntfs_dot_git(name: &[u8]) -> bool {
    let rest = after(name, b".git").or_else(|| after(name, b"git~1"));
    let rest = rest.map(|rest| rest.split(|&byte| byte == b':').next().unwrap_or_default());
    rest.is_some_and(|rest| rest.iter().all(|byte| b" .".contains(byte)))
}

fn after<'a>(name: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = name.split_at_checked(start.len())?;
    head.eq_ignore_ascii_case(start).then_some(rest)
}

/// HFS+ leaves out code points that are not seen when it compares names.
fn is_hfs_dot_git(name: &[u8]) -> bool {
    let Ok(name) = core::str::from_utf8(name) else {
        return false;
    };
    let seen = name.chars().filter(|&char| !is_unseen(char));
    seen.map(|char| char.to_ascii_lowercase())
        .eq(".git".chars())
}

const fn is_unseen(char: char) -> bool {
    matches!(
        char,
        '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_checkout_must_not_see_are_refused() {
        use NameFault::{DotGit, Dots, Empty, Slash};
        let cases: &[(&[u8], NameFault)] = &[
            (b"", Empty),
            (b".", Dots),
            (b"..", Dots),
            (b"/", Slash),
            (b"a/b", Slash),
            (b".git/", Slash),
            (b".git", DotGit),
            (b".GIT", DotGit),
            (b".gIt", DotGit),
            (b".git ", DotGit),
            (b".git.", DotGit),
            (b".git . .", DotGit),
            (b"git~1", DotGit),
            (b"GIT~1", DotGit),
            (b"git~1. ", DotGit),
            (b".git::$INDEX_ALLOCATION", DotGit),
            (b".git :x", DotGit),
            (b".git\\config", DotGit),
            (b"a\\.git", DotGit),
            (b"a\\git~1\\b", DotGit),
            (b".g\xe2\x80\x8cit", DotGit),
            (b"\xef\xbb\xbf.git", DotGit),
            (b".GiT\xe2\x81\xaf", DotGit),
        ];
        for (name, fault) in cases {
            assert_eq!(check(name), Err(*fault), "{}", name.escape_ascii());
        }
    }

    #[test]
    fn names_that_only_look_alike_are_taken() {
        let cases: &[&[u8]] = &[
            b"git",
            b".gitignore",
            b".gitmodules",
            b".git2",
            b"..git",
            b" .git",
            b"git~2",
            b"git~10",
            b"...",
            b".. ",
            b".g",
            b"a:.git",
            b".git x",
            b"\xff.git",
            b".g\xe2\x80\x8bit",
            b"\\",
        ];
        for name in cases {
            assert_eq!(check(name), Ok(()), "{}", name.escape_ascii());
        }
    }
}
