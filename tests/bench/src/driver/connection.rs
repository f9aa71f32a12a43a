use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// More headers than any answer has.
const HEADERS: usize = 32;

/// One connection that is kept (HTTP/1.1, RFC 9112): a request that was written out beforehand goes in, and of what comes
/// back no more is read than has to be known. So the driver takes a fraction of what the fastest server does.
pub struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

/// What came back.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// `Retry-After` (RFC 9110, section 10.2.3), in seconds.
    pub retry_after: Option<u32>,
    /// The content.
    pub body: &'a [u8],
}

/// The beginning of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    retry_after: Option<u32>,
    body: usize,
    end: usize,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and waits for all of the answer.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.read.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(head) = Head::read(&self.read)? {
                break head;
            }
        };
        while self.read.len() < head.end {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let Head { status, retry_after, body, end } = head;
        Ok(Answer { status, retry_after, body: &self.read[body..end] })
    }
}

impl Head {
    /// Reads the beginning of an answer; `None` while it is not all there.
    fn read(text: &[u8]) -> io::Result<Option<Self>> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let body = match response.parse(text).map_err(io::Error::other)? {
            httparse::Status::Complete(body) => body,
            httparse::Status::Partial => return Ok(None),
        };
        let number = |name: &str| {
            let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            found.and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<u32>().ok())
        };
        let status = response.code.unwrap_or_default();
        let length = match number("content-length") {
            Some(length) => length as usize,
            None if status == 204 => 0,
            None => {
                return Err(io::Error::other(
                    "an answer without Content-Length, which this driver can't read",
                ));
            }
        };
        Ok(Some(Self { status, retry_after: number("retry-after"), body, end: body + length }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_all_there() {
        let text = b"HTTP/1.1 503 Busy\r\nRETRY-AFTER: 1\r\nContent-Length: 3\r\n\r\nab";
        for end in 0..text.len() - 2 {
            assert_eq!(Head::read(&text[..end]).unwrap(), None, "{end}");
        }
        let head = Head::read(text).unwrap().unwrap();
        assert_eq!((head.status, head.retry_after, head.end - head.body), (503, Some(1), 3));
        assert_eq!(head.end, text.len() + 1);
    }

    #[test]
    fn what_is_no_answer_or_has_no_length_is_refused() {
        for text in ["SMTP ready\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"] {
            assert!(Head::read(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn an_answer_without_content_needs_no_length() {
        let head = Head::read(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap();
        assert_eq!(head.body, head.end);
    }
}
