//! The small documents: the home page, the mirror list, liveness.

use alloc::format;
use core::fmt::Write as _;

use super::answer::Answer;
use crate::page::{Html, escape};
use crate::route::template::Templates;

/// `/`: what this server is, what to try, and whose packages and artifacts it mirrors.
pub fn home(base_url: &str, packages: &Templates, artifacts: &Templates) -> Answer {
    let base = escape(base_url);
    let mirrored = mirrored(packages, "/pkg", "$REPO/$FILE")
        + &mirrored(artifacts, "/artifact", "$REPO/$VERSION/$FILE");
    let body: Html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>zigdepot</title>\
         <meta name=\"viewport\" content=\"width=device-width\"></head>\n<body>\n<h1>zigdepot</h1>\n\
         <p>A mirror of Zig toolchains. Every file is checked against its minisign signature before it is kept.</p>\n\
         <pre>curl -O {base}/zig/zig-x86_64-linux-0.14.1.tar.xz\n\
         curl -O {base}/zig/zig-x86_64-linux-0.14.1.tar.xz.minisig</pre>\n\
         <p>Mirror URL for tools: <code>{base}/zig</code> \
         (<a href=\"/download/community-mirrors.txt\">community-mirrors.txt</a>)</p>\n{mirrored}</body></html>\n"
    );
    Answer::document("text/html; charset=utf-8", body)
}

/// A list of what one setting mirrors; nothing if that is nothing.
fn mirrored(templates: &Templates, route: &str, variables: &str) -> Html {
    let mut list = Html::new();
    for (org, template) in templates.entries() {
        let (org, from) = (escape(org), escape(&format!("{template}")));
        let _ = writeln!(
            list,
            "<li><code>{route}/{org}/{variables}</code> from <code>{from}</code></li>"
        );
    }
    if list.is_empty() {
        return list;
    }
    format!("<ul>\n{list}</ul>\n")
}

/// `/download/community-mirrors.txt`: this mirror's own URL as clients join it with `/<file>`.
pub fn mirror_list(base_url: &str) -> Answer {
    Answer::document("text/plain; charset=utf-8", format!("{base_url}/zig\n"))
}

/// `/healthz`: the process answers.
pub fn health() -> Answer {
    Answer::document("text/plain; charset=utf-8", "ok\n".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_url_is_escaped_in_the_page() {
        let packages = Templates::packages("o::https://h/<script>/$FILE").unwrap();
        let page = home("http://h/<script>", &packages, &Templates::default());
        let text = core::str::from_utf8(&page.body).unwrap();
        assert!(!text.contains("<script>") && text.contains("&lt;script&gt;"));
        assert!(
            text.contains("/pkg/o/$REPO/$FILE</code> from <code>https://h/&lt;script&gt;/$FILE")
        );
        assert!(!text.contains("/artifact"));
    }

    #[test]
    fn mirror_list_has_one_line_without_slash_at_the_end() {
        assert_eq!(&*mirror_list("https://h/x").body, b"https://h/x/zig\n");
    }
}
