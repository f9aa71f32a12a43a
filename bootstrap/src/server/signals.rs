use std::io::{self, IsTerminal};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{Receiver, channel};

/// Ctrl-C and SIGTERM.
struct Ends {
    interrupt: Signal,
    terminate: Signal,
}

impl Ends {
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Hears Ctrl-C and SIGTERM from now on, instead of being ended by them. Each is one message.
pub fn listen_for_stops() -> io::Result<Receiver<()>> {
    let mut ends = Ends::listen()?;
    let (told, stops) = channel(2);
    tokio::spawn(async move {
        loop {
            ends.next().await;
            if told.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(stops)
}

/// What the system tells a service.
pub struct Signals {
    /// To stop: Ctrl-C and SIGTERM, one message each.
    pub stops: Receiver<()>,
    /// To read its settings again: SIGHUP.
    pub reloads: Receiver<()>,
}

/// Hears all of them from now on.
///
/// SIGHUP is also what a program gets whose terminal was closed. Whoever closes the window on a service that was started
/// in it wants it gone, so that one says stop.
pub fn listen_for_signals(on_terminal: bool) -> io::Result<Signals> {
    let (mut ends, mut hang_up) = (Ends::listen()?, signal(SignalKind::hangup())?);
    let (stop, stops) = channel(2);
    let (reload, reloads) = channel(1);
    tokio::spawn(async move {
        loop {
            let is_end = tokio::select! {
                () = ends.next() => true,
                _ = hang_up.recv() => on_terminal && !io::stdout().is_terminal(),
            };
            if !is_end {
                // Where one waits already, it will read what there is to read.
                let _ = reload.try_send(());
            } else if stop.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(Signals { stops, reloads })
}
