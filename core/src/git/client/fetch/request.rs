//! The request for a pack.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Form, MAX_WANTS};
use crate::git::client::discover::Advertisement;
use crate::git::client::ls_refs::push_command;
use crate::git::client::{AGENT, Capabilities, Capability, ClientError};
use crate::git::id::ObjectId;
use crate::git::pktline;

/// Appends the request for `wants` ([`Ref::id`](crate::git::client::Ref)), one commit deep if the
/// server can do that, without progress if it can be silent.
pub fn request(
    out: &mut Vec<u8>,
    advertisement: &Advertisement,
    wants: &[ObjectId],
) -> Result<Form, ClientError> {
    if wants.is_empty() || wants.len() > MAX_WANTS {
        return Err(ClientError::Wants(wants.len()));
    }
    match advertisement {
        Advertisement::V2 { capabilities } => push_v2(out, capabilities, wants),
        Advertisement::V0 { capabilities, .. } => push_v0(out, capabilities, wants),
    }
}

fn push_v2(
    out: &mut Vec<u8>,
    capabilities: &Capabilities,
    wants: &[ObjectId],
) -> Result<Form, ClientError> {
    push_command(out, "fetch", capabilities)?;
    pktline::push_text(out, "ofs-delta")?;
    pktline::push_text(out, "no-progress")?;
    if capabilities.offers(Capability::Shallow) {
        pktline::push_text(out, "deepen 1")?;
    }
    for want in wants {
        pktline::push_text(out, format!("want {want}"))?;
    }
    pktline::push_text(out, "done")?;
    pktline::flush(out);
    Ok(Form::Sections)
}

fn push_v0(
    out: &mut Vec<u8>,
    capabilities: &Capabilities,
    wants: &[ObjectId],
) -> Result<Form, ClientError> {
    let chosen = chosen_of(capabilities);
    for (at, want) in wants.iter().enumerate() {
        // They go with the first, behind a space.
        let chosen = if at == 0 { chosen.as_str() } else { "" };
        pktline::push_text(out, format!("want {want}{chosen}"))?;
    }
    let is_shallow = capabilities.offers(Capability::Shallow);
    if is_shallow {
        pktline::push_text(out, "deepen 1")?;
    }
    pktline::flush(out);
    pktline::push_text(out, "done")?;
    Ok(Form::Plain {
        is_shallow,
        has_bands: capabilities.offers(Capability::SideBand64k)
            || capabilities.offers(Capability::SideBand),
    })
}

/// Those capabilities of protocol 0 that are made use of, each with a space before it.
///
/// `multi_ack` is for clients with history. So is `thin-pack`, which changes nothing for one that
/// names no `have`; but Git's own client asks for it always, and dulwich's server insists.
fn chosen_of(capabilities: &Capabilities) -> String {
    let agent = format!("agent={AGENT}");
    let mut words = Vec::new();
    if capabilities.offers(Capability::SideBand64k) {
        words.push("side-band-64k");
    } else if capabilities.offers(Capability::SideBand) {
        words.push("side-band");
    }
    let others = [
        (Capability::ThinPack, "thin-pack"),
        (Capability::OfsDelta, "ofs-delta"),
        (Capability::Shallow, "shallow"),
        (Capability::NoProgress, "no-progress"),
        (Capability::ObjectFormat, "object-format=sha1"),
        (Capability::Agent, agent.as_str()),
    ];
    let offered = others.iter().filter(|(it, _)| capabilities.offers(*it));
    words.extend(offered.map(|(_, word)| word));
    words.iter().flat_map(|word| [" ", word]).collect()
}
