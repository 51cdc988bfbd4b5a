//! What lies between two machines, and can break: a connection through it is passed on, held, slowed, or cut.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// How a link is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Line {
    /// Whole.
    #[default]
    Whole,
    /// Nothing arrives, and nobody is told: calls are taken and hear nothing. What was sent arrives once the link is whole again.
    Silent,
    /// The same for what the first machine of the link sends.
    DeafToFirst,
    /// The same for what the second machine of the link sends.
    DeafToSecond,
    /// Everything takes so long, each way.
    Slow(Duration),
    /// A piece is lost now and then.
    Lossy,
    /// Connections are cut, and so is each new one.
    Cut,
}

impl Line {
    fn passes(self, from_first: bool) -> bool {
        match self {
            Self::Whole | Self::Slow(_) | Self::Lossy => true,
            Self::Silent | Self::Cut => false,
            Self::DeafToFirst => !from_first,
            Self::DeafToSecond => from_first,
        }
    }

    fn delay(self) -> Duration {
        if let Self::Slow(time) = self { time } else { Duration::ZERO }
    }
}

/// A link between two machines. Gone when dropped.
#[derive(Clone)]
pub struct Link(Arc<watch::Sender<Line>>);

impl Link {
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Line::Whole)))
    }

    /// From now on the link is so.
    pub fn set(&self, line: Line) {
        self.0.send_replace(line);
    }

    /// A port through which one machine of the link calls the other one. `by_first`: the first one calls.
    pub async fn way_to(&self, port: u16, by_first: bool) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let mut line = self.0.subscribe();
        tokio::spawn(async move {
            loop {
                let mut fate = line.clone();
                tokio::select! {
                    taken = listener.accept() => if let Ok((stream, _)) = taken {
                        tokio::spawn(async move { carry(stream, port, by_first, &mut fate).await });
                    },
                    // The link itself is gone.
                    gone = line.changed() => if gone.is_err() { return },
                }
            }
        });
        own
    }
}

/// Carries one connection until one side ends it, or the link does.
async fn carry(near: TcpStream, port: u16, by_first: bool, line: &mut watch::Receiver<Line>) {
    let gone = |stream: &TcpStream| {
        // A reset, not an orderly end: that is how the other side learns of a machine that is gone.
        let _ = stream.set_zero_linger();
    };
    let mut fate = line.clone();
    let carried = async {
        // Nobody calls through a line that carries nothing.
        if line.wait_for(|line| line.passes(by_first)).await.is_err() {
            return;
        }
        let Ok(far) = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await else {
            return gone(&near);
        };
        // What is small goes at once.
        let _ = (near.set_nodelay(true), far.set_nodelay(true));
        let _ = (near.set_zero_linger(), far.set_zero_linger());
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        tokio::select! {
            () = one_way(near_in, far_out, by_first, line.clone()) => {}
            () = one_way(far_in, near_out, !by_first, line.clone()) => {}
        }
    };
    tokio::select! {
        () = carried => {}
        _ = fate.wait_for(|line| *line == Line::Cut) => {}
    }
}

/// Carries what one side says to the other side.
async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    by_first: bool,
    mut line: watch::Receiver<Line>,
) {
    let (out, mut pieces) = mpsc::channel::<(Instant, Vec<u8>)>(256);
    let mut fate = line.clone();
    let reading = async move {
        let mut buffer = vec![0; 64 << 10];
        let mut count = 0_u32;
        loop {
            let Ok(length @ 1..) = from.read(&mut buffer).await else { return };
            let now = *line.borrow_and_update();
            count += 1;
            if now == Line::Lossy && count.is_multiple_of(40) {
                continue;
            }
            if out.send((Instant::now() + now.delay(), buffer[..length].to_vec())).await.is_err() {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((due, piece)) = pieces.recv().await {
            if due > Instant::now() {
                tokio::time::sleep_until(due.into()).await;
            }
            if fate.wait_for(|line| line.passes(by_first)).await.is_err()
                || to.write_all(&piece).await.is_err()
            {
                return;
            }
        }
    };
    tokio::select! {
        () = reading => {}
        () = writing => {}
    }
}
