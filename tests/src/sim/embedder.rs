//! A server with HTTP of its own around the simulated host: it reads one head, asks the
//! application for an exchange, and pulls its body.
//!
//! It keeps no connection, and now and then it forgets an answer half-way, as a program may.

use core::net::IpAddr;

use zigdepot_core::drive::exchange::{Exchange, answer};
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::reply::Cut;
use zigdepot_core::drive::request::Request;
use zigdepot_core::drive::socket::{Client, Gone, Patience, Stream};
use zigdepot_core::wire::head::{HeadLimits, HeadScanner, parse_request};

use super::host::{Guest, SimHost};

/// Answers the first request of a connection, and ends it.
pub async fn attend(host: SimHost, mut guest: Guest, peer: IpAddr) {
    if let Ok(head) = read_head(&host, &mut guest).await
        && let Ok(head) = parse_request(&head, &HeadLimits::default())
    {
        let request = Request::new(head.method, head.target, &head.fields, Some(peer));
        let exchange = answer(&host, &request).await;
        if send(&host, &mut guest, exchange).await.is_err() {
            guest.abort();
        }
    }
    guest.finish();
}

async fn read_head(host: &SimHost, guest: &mut Guest) -> Result<Vec<u8>, Gone> {
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
                inbox.truncate(len);
                return Ok(inbox);
            }
            None if n == 0 => return Err(Gone::Closed),
            None => {}
        }
    }
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
