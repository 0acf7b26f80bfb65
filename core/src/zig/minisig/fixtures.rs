//! Signatures made by the minisign program (0.11) with a key that was made for these tests, and
//! some that ziglang.org published.

use std::string::{String, ToString};
use std::vec::Vec;

pub(crate) const TEST_KEY: &str = "RWSZaIAI+GcHTTejvAYvve+90R87e4MxijWYqWbqq6kBsbw476KkXXh1";
pub(crate) const TEST_KEY_ID: [u8; 8] = [0x99, 0x68, 0x80, 0x08, 0xf8, 0x67, 0x07, 0x4d];
pub(crate) const OTHER_KEY: &str = "RWRpSIcZe24opIG3ZAtAS7jjUGlklv4sjmFnE28Lbq5wkCqLKbPDvdhw";

pub(crate) const NAME: &str = "zig-0.16.0-dev.27+83f773fc6.tar.xz";
pub(crate) const FILE: &[u8] = b"a small archive\n";

/// `minisign -S -t "$(printf 'timestamp:1756000000\tfile:%s\thashed' NAME)"`
pub(crate) const PREHASHED: &str = "\
untrusted comment: signature from zigdepot test key
RUSZaIAI+GcHTSqJlgH/M4uqIlmanOq8AzK+pSyOLDpSR1BFnp3fuLC/UP5j9bqi9UQN8ehNCy+zf+0Xw4ImnHFiIUCFWOBojQA=
trusted comment: timestamp:1756000000\tfile:zig-0.16.0-dev.27+83f773fc6.tar.xz\thashed
7U2gFeoZIu2jYej0T1btMQ8/UqiJapiZ4//EZVX6gEPkjB39WlpovYuj4MKMDlk4BMVbmEczPYdWUDLfJh5VAQ==
";

/// `minisign -S -l -t "$(printf 'timestamp:1756000000\tfile:%s' NAME)"`
pub(crate) const LEGACY: &str = "\
untrusted comment: signature from zigdepot test key
RWSZaIAI+GcHTd3A19pduYQb9a+xrTucz5LaJJyMjWUeW/swYRCss8YbJBqRMBdd29oMh+vDddA2hjPLdOt6DE9JVk69Gc9HGg4=
trusted comment: timestamp:1756000000\tfile:zig-0.16.0-dev.27+83f773fc6.tar.xz
wXRxGY7JrAhh8e/PN3ykGfnE1GXVZ2Ii6ebDMpJJFlluE/HANJE3PkbmlQBqQpijIggLITAJm66y/LVCEhBKDQ==
";

/// As [`PREHASHED`], with blanks for tabs.
pub(crate) const BLANKS: &str = "\
untrusted comment: signature from minisign secret key
RUSZaIAI+GcHTSqJlgH/M4uqIlmanOq8AzK+pSyOLDpSR1BFnp3fuLC/UP5j9bqi9UQN8ehNCy+zf+0Xw4ImnHFiIUCFWOBojQA=
trusted comment: timestamp:1756000000 file:zig-0.16.0-dev.27+83f773fc6.tar.xz hashed
oD1n41w+y04kNZqWfgTH42JvGH27pOmB27+H3xTDlHtrVh/Okkkjq+Gf3wQFPEIlG8c3k4Rr47qf380CuJ4MAQ==
";

/// As [`PREHASHED`], with `timestamp:1756000000` alone for a trusted comment.
pub(crate) const NO_NAME: &str = "\
untrusted comment: signature from minisign secret key
RUSZaIAI+GcHTSqJlgH/M4uqIlmanOq8AzK+pSyOLDpSR1BFnp3fuLC/UP5j9bqi9UQN8ehNCy+zf+0Xw4ImnHFiIUCFWOBojQA=
trusted comment: timestamp:1756000000
8Dmd7a7yCc7W2CfMvKZs0GimFCTkSwZq2Cc4T1kxqGo+u/yjdmcQX6MHr8pufLANz9hdPklZk4kzyEwaZuNlDQ==
";

/// Published by ziglang.org with 0.13.0, 0.15.1 and a build of master.
pub(crate) const OF_ZIGLANG: [(&str, &str); 3] = [
    (
        "zig-linux-x86_64-0.13.0.tar.xz",
        "\
untrusted comment: signature from minisign secret key
RUSGOq2NVecA2aM2pTseOP756a29t33Ac9gE9f4jZuoXQVXNZ2kYoeVTuKOER5uQNPfZ+SdBa8uSCIyewXIbAaWWltW5ouG/rwQ=
trusted comment: timestamp:1717729444\tfile:zig-linux-x86_64-0.13.0.tar.xz\thashed
7Oots3dd6k0N8skNUp9hoi9cqp1R9Egp4k5AMkj45qLNQ4loF/7fc2L0wtfSdMd3JAE4zrAQSiOx8qj3dEI4DA==
",
    ),
    (
        "zig-x86_64-linux-0.15.1.tar.xz",
        "\
untrusted comment: signature from minisign secret key
RUSGOq2NVecA2Wk3Npw2IGzIC8fMec6YOFiKRo3F7tmaEgdVL8wk06amCA64FxoC8iN6+FyllUz+mQteoOXYlEYFkZYUBG2Bngo=
trusted comment: timestamp:1755707121\tfile:zig-x86_64-linux-0.15.1.tar.xz\thashed
ynslZhi+qM0o9VFWdEWj0/Wsn1zuW4ubHyI6a4AeJW2DdLq04d0TPuMMWgnFBKcxfjhFhBUmaqr156dIlIoFDA==
",
    ),
    (
        "zig-x86_64-linux-0.17.0-dev.1525+91c6d8a09.tar.xz",
        "\
untrusted comment: signature from minisign secret key
RUSGOq2NVecA2RvK7di8o+6kjPUxmGqO8a9ejbbiN7K/8YeT0lKSdmDVOv2wjd+A0XwQzLKPcdWo66SWTDXJQPEeUUQqQbIWqwo=
trusted comment: timestamp:1785685616\tfile:zig-x86_64-linux-0.17.0-dev.1525+91c6d8a09.tar.xz\thashed
wEAYx4KI6j0napCIbeb4i/2QDBs2Ebfs45X9jYGRd8JwrSBp8Q8sWvpgTw83lsieJ9QUf5IxCJw9Gk16mn41CQ==
",
    ),
];

/// A copy of the signature file with one line changed; lines are counted from 0.
pub(crate) fn edit_line(text: &str, line: usize, edit: impl FnOnce(&mut String)) -> String {
    let mut lines: Vec<String> = text.lines().map(ToString::to_string).collect();
    edit(&mut lines[line]);
    lines.join("\n") + "\n"
}
