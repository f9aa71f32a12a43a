//! Bytes on a socket, for requests that no HTTP client would send.

use crate::{Outcome, wait};
use std::io::{Read, Write};
use std::net::TcpStream;

/// Sends bytes as they are and answers with all that comes back until the service closes the connection.
pub async fn exchange(address: &str, request: impl Into<Vec<u8>>) -> Outcome<String> {
    let (address, request) = (address.to_owned(), request.into());
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(wait::PATIENCE))?;
        // The service may refuse and close before it has read everything; what it said counts all the same.
        let _ = stream.write_all(&request);
        let mut heard = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            heard.extend_from_slice(&buffer[..length]);
        }
        Ok(String::from_utf8_lossy(&heard).into_owned())
    })
    .await?
}

/// Sends a body of that kind, with its length said beforehand; answers with all that was heard. A refusal is heard
/// even where it comes while the body is still being sent, which HTTP clients do not promise.
pub async fn post(address: &str, path: &str, kind: &str, body: &str) -> Outcome<String> {
    let length = body.len();
    let head = head(address, path, kind, &format!("Content-Length: {length}"));
    exchange(address, [head.as_bytes(), body.as_bytes()].concat()).await
}

/// Sends JSON in chunks, without saying beforehand how long it will be.
pub async fn post_chunked(address: &str, path: &str, body: &str) -> Outcome<String> {
    let mut request = head(address, path, "application/json", "Transfer-Encoding: chunked").into_bytes();
    for piece in body.as_bytes().chunks(1000) {
        request.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        request.extend_from_slice(piece);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    exchange(address, request).await
}

fn head(address: &str, path: &str, kind: &str, framing: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         {framing}\r\n\r\n"
    )
}

/// The status of what was heard; none where nothing was.
#[must_use]
pub fn status(heard: &str) -> Option<u16> {
    heard.split(' ').nth(1)?.parse().ok()
}
