//! A stand-in with TLS: `openssl s_server` and files that hold whole HTTP answers.
//!
//! It refuses to misbehave: what goes wrong behind TLS goes wrong without it, too. Only redirects
//! that leave TLS need it.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{refused_address, upstream_path};
use crate::process::eventually;
use crate::scratch::Scratch;
use crate::signer::Key;
use crate::tools::{find, run};

/// A stand-in for `https://ziglang.org` under the name `localhost`, with an authority of its own.
#[derive(Debug)]
pub struct TlsZiglang {
    server: Child,
    port: u16,
    key: Key,
    scratch: Scratch,
}

impl TlsZiglang {
    /// Starts one with a single signed file; `redirect` is answered for the file if it is given.
    /// `None` where there is no `openssl`.
    pub fn start(name: &str, bytes: &str, redirect: Option<&str>) -> Option<Self> {
        let openssl = find("openssl")?;
        let (scratch, key) = (Scratch::new("tls"), Key::from_seed(7));
        let path = upstream_path(name);
        let file = redirect.map_or_else(|| found(bytes), moved);
        scratch.write(format!("www{path}"), file.as_bytes());
        let signature = key.sign(name, bytes.as_bytes());
        scratch.write(format!("www{path}.minisig"), found(&signature).as_bytes());
        certify(&openssl, &scratch);
        let port = refused_address().port();
        let server = serve(&openssl, &scratch, port);
        eventually("openssl s_server listens", || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Some(Self {
            server,
            port,
            key,
            scratch,
        })
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The key that signs its file.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The certificate of its authority.
    pub fn authority(&self) -> PathBuf {
        self.scratch.join("ca.pem")
    }
}

impl Drop for TlsZiglang {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn found(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

fn moved(location: &str) -> String {
    format!(
        "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

/// Makes an authority and a certificate for `localhost`; a certificate that is its own authority
/// would be refused.
fn certify(openssl: &Path, scratch: &Scratch) {
    let make = |arguments: &str| {
        let common = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
        let arguments: Vec<&str> = common.split(' ').chain(arguments.split(' ')).collect();
        run(openssl, &arguments, scratch.path());
    };
    make(
        "-subj /CN=authority -addext basicConstraints=critical,CA:TRUE -keyout ca.key -out ca.pem",
    );
    make(concat!(
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE ",
        "-CA ca.pem -CAkey ca.key -keyout key.pem -out cert.pem",
    ));
}

fn serve(openssl: &Path, scratch: &Scratch, port: u16) -> Child {
    let mut command = Command::new(openssl);
    command.args([
        "s_server",
        "-quiet",
        "-HTTP",
        "-cert",
        "../cert.pem",
        "-key",
        "../key.pem",
    ]);
    command
        .arg("-accept")
        .arg(format!("127.0.0.1:{port}"))
        .current_dir(scratch.join("www"));
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().expect("openssl starts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_curl_trusts_the_authority_and_nobody_without_it() {
        let Some(curl) = find("curl") else { return };
        let Some(tls) = TlsZiglang::start("zig-0.14.1.tar.xz", "bytes", None) else {
            return;
        };
        let url = format!("{}/download/0.14.1/zig-0.14.1.tar.xz", tls.url());
        let authority = tls.authority();
        let authority = authority.to_str().unwrap();
        let output = run(
            &curl,
            &["-qsSf", "--cacert", authority, &url],
            Path::new("/"),
        );
        assert_eq!(output.stdout, b"bytes");
        let strict = Command::new(&curl)
            .args(["-qsf", "--noproxy", "*", &url])
            .output()
            .unwrap();
        assert!(!strict.status.success());
    }
}
