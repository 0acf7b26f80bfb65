//! The head of an answer, before any protocol has put it into bytes.
//!
//! HTTP/1.1 renders it with [`Head::render`]; a server with HTTP of its own takes
//! [`Head::status`] and [`Head::each_field`]. Both say the same, but for what belongs to the
//! connection: Date and Connection are added by the one, and left to the other.

use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::answer::{Answer, Persistence};
use super::file::{FileHead, Piece};
use crate::wire::response::HeadWriter;

/// The status and the fields of an answer.
#[derive(Clone, Debug)]
pub enum Head {
    /// Of a text or page that is made here.
    Made(Answer),
    /// Of a verified file, or a piece of it.
    File {
        /// What does not change between requests.
        file: Arc<FileHead>,
        /// 200, 206, 304 or 416.
        status: u16,
        /// The bytes that the answer is about.
        piece: Piece,
    },
    /// Of a file that is still being verified: its length is known, nothing vouches for it yet, so
    /// nothing may be remembered of it.
    Unverified {
        /// The media type.
        content_type: &'static str,
        /// Bytes in all.
        len: u64,
    },
    /// Of a body that is made for this one request while it is sent, of known length.
    Stream {
        /// The status code, one that has a body.
        status: u16,
        /// The media type.
        content_type: &'static str,
        /// Bytes in all.
        len: u64,
    },
}

impl Head {
    /// The status code.
    pub fn status(&self) -> u16 {
        match self {
            Self::Made(answer) => answer.status,
            Self::File { status, .. } | Self::Stream { status, .. } => *status,
            Self::Unverified { .. } => 200,
        }
    }

    /// The value of Content-Length, where there is one.
    pub fn content_length(&self) -> Option<u64> {
        match self {
            Self::Made(answer) => Some(answer.len()),
            Self::File { status: 304, .. } => None,
            Self::File { piece, .. } => Some(piece.len),
            Self::Unverified { len, .. } | Self::Stream { len, .. } => Some(*len),
        }
    }

    /// Calls `field` with the name and value of each field but Date and Connection.
    pub fn each_field(&self, mut field: impl FnMut(&'static str, &str)) {
        match self {
            Self::Made(answer) => answer.each_field(&mut field),
            Self::File {
                file,
                status,
                piece,
            } => file.each_field(*status, *piece, &mut field),
            Self::Unverified { content_type, len }
            | Self::Stream {
                content_type, len, ..
            } => {
                field("Content-Type", content_type);
                field("Content-Length", &len.to_string());
                field("Cache-Control", "no-cache");
            }
        }
    }

    /// Appends the head as HTTP/1.1 has it; that of a file is laid out already.
    pub fn render(&self, persistence: Persistence, date: &[u8], out: &mut Vec<u8>) {
        if let Self::File {
            file,
            status,
            piece,
        } = self
        {
            return file.render(*status, *piece, persistence, date, out);
        }
        let mut head = HeadWriter::start(out, self.status());
        head.field_bytes("Date", date);
        self.each_field(|name, value| _ = head.field(name, value));
        out.extend_from_slice(persistence.field());
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;
    use crate::app::file::Lifetime;
    use crate::store::proof::{Proof, Stat};
    use crate::time::Timestamp;
    use crate::wire::response::HeadWriter;
    use crate::zig::digest::Sha256Digest;

    /// What the fields say, put into bytes the plain way.
    fn spelled_out(head: &Head) -> String {
        let mut out = Vec::new();
        let mut writer = HeadWriter::start(&mut out, head.status());
        writer.field("Date", "D");
        head.each_field(|name, value| _ = writer.field(name, value));
        writer.finish();
        String::from_utf8(out).unwrap()
    }

    fn rendered(head: &Head) -> String {
        let mut out = Vec::new();
        head.render(Persistence::Keep, b"D", &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_and_bytes_say_the_same() {
        let stat = Stat {
            len: 1000,
            modified: Timestamp(784_111_777),
            modified_nanos: 0,
        };
        let digest = Sha256Digest::parse(&"0f".repeat(32)).unwrap();
        let file = Arc::new(FileHead::new(
            &Proof { stat, digest },
            "application/x-xz",
            Lifetime::Forever,
        ));
        let piece = Piece { start: 10, len: 90 };
        let of_file = |status| Head::File {
            file: Arc::clone(&file),
            status,
            piece,
        };
        let limited = Answer::too_many(7);
        let heads = [
            of_file(200),
            of_file(206),
            of_file(304),
            of_file(416),
            Head::Made(limited),
            Head::Made(Answer::method_not_allowed("GET")),
            Head::Unverified {
                content_type: "application/zip",
                len: 70_000,
            },
            Head::Stream {
                status: 200,
                content_type: "application/x-git-upload-pack-result",
                len: 70_000,
            },
        ];
        for head in heads {
            assert_eq!(rendered(&head), spelled_out(&head));
        }
    }

    #[test]
    fn stream_says_its_length_and_is_not_remembered() {
        let head = Head::Stream {
            status: 200,
            content_type: "application/x-git-upload-pack-result",
            len: 5_000_000_000,
        };
        assert_eq!(head.content_length(), Some(5_000_000_000));
        assert_eq!(
            rendered(&head),
            "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: application/x-git-upload-pack-result\r\n\
             Content-Length: 5000000000\r\nCache-Control: no-cache\r\n\r\n"
        );
    }
}
