//! The routes below `/api`, and which methods they take.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::wire::fields::Method;

/// What below `/api` is asked for. Names are as they were sent; whether there can be such a package
/// is answered in JSON, like all else here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiRoute {
    /// `POST /api/fetch`: bring a package.
    Fetch,
    /// `POST /api/update`: bring everything up to date.
    Update,
    /// `POST /api/check`: tell of the package that the body names.
    Check,
    /// `/api/list`
    List,
    /// `/api/search?q=`
    Search,
    /// `/api/info/<package>`, and `/api/check/<package>`, which is the same.
    Info(String),
    /// `/api/status`
    Status,
    /// `/api/jobs/<id>`
    Job(String),
    /// `/api/openapi.json`
    OpenApi,
}

impl ApiRoute {
    /// Reads the decoded segments behind `api`.
    pub fn of_segments(segments: &[&str]) -> Option<Self> {
        Some(match segments {
            ["fetch"] => Self::Fetch,
            ["update"] => Self::Update,
            ["check"] => Self::Check,
            ["list"] => Self::List,
            ["search"] => Self::Search,
            // No package has a slash in its name, and that is to be said of it.
            ["info" | "check", name @ ..] if !name.is_empty() => Self::Info(name.join("/")),
            ["status"] => Self::Status,
            ["jobs", id] => Self::Job((*id).to_owned()),
            ["openapi.json"] => Self::OpenApi,
            _ => return None,
        })
    }

    /// The methods it takes, as Allow lists them.
    pub fn allow(&self) -> &'static str {
        match self {
            Self::Fetch | Self::Update | Self::Check => "POST",
            Self::List
            | Self::Search
            | Self::Info(_)
            | Self::Status
            | Self::Job(_)
            | Self::OpenApi => "GET, HEAD",
        }
    }

    /// Whether it takes this method.
    pub fn takes(&self, method: Method) -> bool {
        let posts = self.allow() == "POST";
        match method {
            Method::Post => posts,
            Method::Get | Method::Head => !posts,
            Method::Other => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_writes_is_posted_and_what_reads_is_not() {
        for (segments, posts) in [
            (&["fetch"][..], true),
            (&["update"], true),
            (&["check"], true),
            (&["check", "mach"], false),
            (&["info", "mach"], false),
            (&["list"], false),
            (&["openapi.json"], false),
        ] {
            let route = ApiRoute::of_segments(segments).unwrap();
            assert_eq!(route.takes(Method::Post), posts, "{segments:?}");
            assert_eq!(route.takes(Method::Get), !posts, "{segments:?}");
            assert!(!route.takes(Method::Other));
        }
    }

    #[test]
    fn info_and_check_of_a_package_are_the_same() {
        assert_eq!(
            ApiRoute::of_segments(&["info", "a"]),
            ApiRoute::of_segments(&["check", "a"])
        );
        assert_eq!(ApiRoute::of_segments(&["info"]), None);
        assert_eq!(ApiRoute::of_segments(&[]), None);
    }
}
