//! Settings of the registry: who may write, where its catalog is, when it is updated.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use crate::wire::url::Url;

/// The registry's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrySettings {
    /// What a request that writes must show; without one only requests from this machine may.
    pub token: Option<Token>,
    /// Where the catalog of packages is.
    pub catalog: Option<Url>,
    /// Whether `POST /api/update` is open to everyone.
    pub is_update_public: bool,
    /// How often everything is brought up to date; never by itself if none.
    pub update_every: Option<Duration>,
}

/// A bearer token (RFC 6750). It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// 1 to 512 visible ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=512).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// Whether this is the token. How long it takes tells nothing but the lengths.
    pub fn is(&self, shown: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let pairs = own.iter().zip(shown);
        let differing = pairs.fold(0, |sum, (a, b)| sum | core::hint::black_box(a ^ b));
        differing == 0 && own.len() == shown.len()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_itself_is_it() {
        let token = Token::parse("secret").unwrap();
        assert!(token.is(b"secret"));
        for other in ["", "secre", "secrets", "Secret", "secres"] {
            assert!(!token.is(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn token_is_visible_ascii_and_never_shown() {
        assert_eq!(alloc::format!("{:?}", Token::parse("x")), "Some(Token(…))");
        for text in ["", "a b", "a\n", "ä"] {
            assert_eq!(Token::parse(text), None);
        }
    }
}
