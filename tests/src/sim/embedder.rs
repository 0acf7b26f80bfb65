//! A server with HTTP of its own around the simulated host: it reads one head, asks the
//! application for an exchange, and pulls its body.
//!
//! It keeps no connection, and now and then it forgets an answer half-way, as a program may.

use core::net::IpAddr;

use zigdepot_core::drive::exchange::{Exchange, answer};
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::reply::Cut;
use zigdepot_core::drive::request::{Request, Upload};
use zigdepot_core::drive::socket::{Client, Gone, Patience, Stream};
use zigdepot_core::wire::body::{BodyLength, BodyReader};
use zigdepot_core::wire::head::{HeadLimits, HeadScanner, parse_request};

use super::host::{Guest, SimHost};

/// Answers the first request of a connection, and ends it.
pub async fn attend(host: SimHost, mut guest: Guest, peer: IpAddr) {
    if let Ok((head, rest)) = read_head(&host, &mut guest).await
        && let Ok(head) = parse_request(&head, &HeadLimits::default())
    {
        let request = Request::new(head.method, head.target, &head.fields, Some(peer));
        let most = request.body_wanted(host.config());
        let body = read_body(&host, &mut guest, (rest, head.body), most).await;
        let request = request.with_upload(match &body {
            _ if most == 0 => Upload::None,
            Ok(bytes) if bytes.len() > most => Upload::TooLarge,
            Ok(bytes) => Upload::Whole(bytes),
            Err(_) => Upload::Broken,
        });
        let exchange = answer(&host, &request).await;
        if send(&host, &mut guest, exchange).await.is_err() {
            guest.abort();
        }
    }
    guest.finish();
}

async fn read_head(host: &SimHost, guest: &mut Guest) -> Result<(Vec<u8>, Vec<u8>), Gone> {
    let patience = Patience {
        until: host.now().instant + host.config().limits.head_wait,
        idle: false,
    };
    let (mut inbox, mut scanner) = (Vec::new(), HeadScanner::new());
    loop {
        let mut more = [0; 512];
        let n = guest.recv(&mut more, patience).await?;
        inbox.extend_from_slice(&more[..n]);
        let scanned = scanner.scan(&inbox, &HeadLimits::default());
        match scanned.map_err(|_| Gone::Closed)? {
            Some(len) => {
                let rest = inbox.split_off(len);
                return Ok((inbox, rest));
            }
            None if n == 0 => return Err(Gone::Closed),
            None => {}
        }
    }
}

/// A body, a little more than `most` bytes of it if it is longer.
async fn read_body(
    host: &SimHost,
    guest: &mut Guest,
    (mut raw, len): (Vec<u8>, BodyLength),
    most: usize,
) -> Result<Vec<u8>, Gone> {
    let patience = Patience {
        until: host.now().instant + host.config().limits.body_wait,
        idle: false,
    };
    let (mut reader, mut bytes) = (BodyReader::new(len), Vec::new());
    while most > 0 && !reader.is_finished() && bytes.len() <= most {
        let decoded = reader.decode(&raw).map_err(|_| Gone::Closed)?;
        bytes.extend_from_slice(&raw[decoded.data]);
        raw.drain(..decoded.used);
        if decoded.used == 0 && !reader.is_finished() {
            let mut more = [0; 512];
            let n = guest.recv(&mut more, patience).await?;
            if n == 0 {
                return Err(Gone::Closed);
            }
            raw.extend_from_slice(&more[..n]);
        }
    }
    Ok(bytes)
}

/// Sends the answer; an error is a connection that must break off.
async fn send(
    host: &SimHost,
    guest: &mut Guest,
    mut exchange: Exchange<SimHost>,
) -> Result<(), Gone> {
    let (head, date) = (exchange.head(), exchange.date());
    let mut lines = format!("HTTP/1.1 {} x\r\nDate: {date}\r\n", head.status());
    head.each_field(|name, value| lines += &format!("{name}: {value}\r\n"));
    lines += "Connection: close\r\n\r\n";
    send_all(host, guest, lines.as_bytes()).await?;
    loop {
        if host.forgets() {
            return Err(Gone::Closed);
        }
        match exchange.chunk().await {
            Ok(Some(chunk)) => send_all(host, guest, &chunk).await?,
            Ok(None) => return Ok(()),
            Err(Cut) => return Err(Gone::Closed),
        }
    }
}

async fn send_all(host: &SimHost, guest: &mut Guest, mut bytes: &[u8]) -> Result<(), Gone> {
    while !bytes.is_empty() {
        let until = host.now().instant + host.config().limits.body_wait;
        let sent = guest.send(bytes, false, until).await?;
        bytes = &bytes[sent..];
    }
    Ok(())
}
