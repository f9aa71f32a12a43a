use super::activity::{Activity, InFlight, Overdue};
use super::stream::Watched;
use super::{App, Limits};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::http::uri::Scheme;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use metrics::Gauge;
use poem::Endpoint;
use poem::web::{LocalAddr, RemoteAddr};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// The most octets of the head of a request.
const HEAD: u32 = 32 * 1024;
/// The most requests at a time in one HTTP/2 connection.
const STREAMS: u32 = 100;
/// How much of a body a client may send ahead in one HTTP/2 stream: as much as any body may have.
const WINDOW: u32 = 64 * 1024;
/// How often an HTTP/2 connection is asked whether it is still alive.
const PING: Duration = Duration::from_secs(20);
/// When stopping, how long a quiet connection stays open for a request that is on its way. Its answer says that it
/// was the last one (RFC 9112, section 9.6), so that nobody sends another into a closed connection.
const LINGER: Duration = Duration::from_millis(250);
/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// What all connections share.
pub(super) struct Connections {
    app: App,
    protocol: auto::Builder<TokioExecutor>,
    limits: Limits,
    stopping: watch::Receiver<bool>,
    open: Gauge,
}

impl Connections {
    pub(super) fn new(app: App, limits: Limits, stopping: watch::Receiver<bool>, open: Gauge) -> Arc<Self> {
        let mut protocol = auto::Builder::new(TokioExecutor::new());
        // At most 100 headers is the default; saying so would cost an allocation at every request. What goes
        // beyond either bound is answered with 431.
        protocol.http1().max_buf_size(HEAD as usize);
        protocol
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(Some(PING))
            .keep_alive_timeout(PING)
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEAD)
            .max_pending_accept_reset_streams(20)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(4 * WINDOW)
            .max_send_buf_size(4 * WINDOW as usize);
        Arc::new(Self { app, protocol, limits, stopping, open })
    }

    /// Serves one connection to its end.
    pub(super) async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        // Answers are small and written whole: to wait for more would only make them late.
        let (Ok(()), Ok(local)) = (stream.set_nodelay(true), stream.local_addr()) else {
            return;
        };
        let _open = Open::new(&self.open);
        let activity = Activity::new(self.limits);
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&activity)));
        let service = service_fn(|request| {
            let in_flight = activity.begin(request.version());
            Arc::clone(&self).answer(request, local, peer, in_flight)
        });
        let mut connection = pin!(self.protocol.serve_connection(io, service));
        let mut stopping = self.stopping.clone();
        let mut told_to_stop = pin!(async {
            // An error says that the one who tells has gone, which is the end too.
            let _ = stopping.wait_for(|stop| *stop).await;
            sleep(LINGER).await;
        });
        let mut leaving = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, error, "a connection has broken off");
                    }
                    return;
                }
                () = told_to_stop.as_mut(), if !leaving => {
                    leaving = true;
                    connection.as_mut().graceful_shutdown();
                }
                overdue = activity.overdue() => {
                    tracing::debug!(%peer, ?overdue, "a connection is closed");
                    if overdue == Overdue::Idle {
                        connection.as_mut().graceful_shutdown();
                        let _ = timeout(GOODBYE, connection).await;
                    }
                    return;
                }
            }
        }
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        local: SocketAddr,
        peer: SocketAddr,
        in_flight: InFlight,
    ) -> Result<Response<impl Body<Data = Bytes, Error = io::Error> + Send>, Infallible> {
        let one_after_the_other = request.version() < Version::HTTP_2;
        let addresses = (LocalAddr(local.into()), RemoteAddr(peer.into()));
        let request = poem::Request::from((request, addresses.0, addresses.1, Scheme::HTTP));
        let mut response: Response<_> = self.app.get_response(request).await.into();
        if one_after_the_other && *self.stopping.borrow() {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response.map(|body| Counted { body, _in_flight: in_flight }))
    }
}

/// A connection that is counted until it is closed, however that comes about.
struct Open(Gauge);

impl Open {
    fn new(open: &Gauge) -> Self {
        open.increment(1);
        Self(open.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// A body that counts as in flight until it is sent.
struct Counted<B> {
    body: B,
    _in_flight: InFlight,
}

impl<B: Body + Unpin> Body for Counted<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
