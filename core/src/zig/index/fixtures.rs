//! A hand-made pair of indexes with what real ones have had, good and bad.

pub(super) const OFFICIAL: &str = r#"{
  "master": {
    "version": "0.16.0-dev.9+abcdef012",
    "date": "2026-01-02",
    "docs": "https://ziglang.org/documentation/master/",
    "src": {
      "tarball": "https://ziglang.org/builds/zig-0.16.0-dev.9+abcdef012.tar.xz",
      "shasum": "1111111111111111111111111111111111111111111111111111111111111111",
      "size": "100"
    },
    "x86_64-linux": {
      "tarball": "https://ziglang.org/builds/zig-x86_64-linux-0.16.0-dev.9%2Babcdef012.tar.xz",
      "shasum": "2222222222222222222222222222222222222222222222222222222222222222",
      "size": "200"
    }
  },
  "0.15.2": {
    "version": "0.15.2",
    "notes": "caf\u00e9 é",
    "future": {"unknown": [1.50, null]},
    "x86_64-linux": {
      "tarball": "https://evil.example/zig-x86_64-linux-0.15.2.tar.xz",
      "shasum": "3333333333333333333333333333333333333333333333333333333333333333",
      "size": "300",
      "extra": true
    },
    "broken": {
      "tarball": "https://ziglang.org/download/0.15.2/zig-arm-linux-0.15.2.tar.xz",
      "shasum": "4444444444444444444444444444444444444444444444444444444444444444",
      "size": 400
    }
  },
  "0.1.1": {
    "date": "2017-10-17",
    "x86_64-windows": {
      "tarball": "https://ziglang.org/download/0.1.1/zig-win64-0.1.1.zip",
      "shasum": "5555555555555555555555555555555555555555555555555555555555555555",
      "size": "500"
    },
    "src": {
      "tarball": "https://ziglang.org/download/0.1.1/zig-0.1.1.tar.xz",
      "shasum": "6666666666666666666666666666666666666666666666666666666666666666",
      "size": "600"
    }
  }
}"#;

pub(super) const NOMINATED: &str = r#"{
  "mach-latest": {
    "version": "0.14.0-dev.7+0123abcde",
    "machNominated": "2025-01-01",
    "src": {
      "shasum": "7777777777777777777777777777777777777777777777777777777777777777",
      "size": "700",
      "tarball": "https://pkg.machengine.org/zig/zig-0.14.0-dev.7+0123abcde.tar.xz",
      "zigTarball": "https://ziglang.org/builds/zig-0.14.0-dev.7+0123abcde.tar.xz"
    }
  },
  "2025.1.0-mach": {
    "version": "0.14.0-dev.7+0123abcde",
    "src": {
      "shasum": "7777777777777777777777777777777777777777777777777777777777777777",
      "size": "700",
      "tarball": "https://pkg.machengine.org/zig/zig-0.14.0-dev.7+0123abcde.tar.xz",
      "zigTarball": "https://ziglang.org/builds/zig-0.14.0-dev.7+0123abcde.tar.xz"
    }
  },
  "master": {
    "version": "0.14.0-dev.8+0123abcde",
    "src": {
      "tarball": "https://pkg.machengine.org/zig/zig-0.14.0-dev.8+0123abcde.tar.xz",
      "shasum": "8888888888888888888888888888888888888888888888888888888888888888",
      "size": "800"
    }
  },
  "0.15.2": {
    "src": {
      "tarball": "https://pkg.machengine.org/zig/zig-0.15.2.tar.xz",
      "shasum": "9999999999999999999999999999999999999999999999999999999999999999",
      "size": "900"
    }
  }
}"#;
