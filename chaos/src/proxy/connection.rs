//! One connection: two links over two sockets, until both directions have ended or one ends both.

use std::net::Shutdown;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::proxy::link::{Ended, Link};
use crate::proxy::meters::Meters;
use crate::proxy::pipeline::Pipeline;
use crate::proxy::toxic::Stream;
use crate::proxy::toxics::List;

/// Setting up a connection on a local network takes milliseconds; a client that waits longer has given up.
const CONNECT: Duration = Duration::from_secs(10);
/// Reads of what the sender had sent before a close, so that the kernel says goodbye instead of resetting.
const DRAINED: usize = 64;

/// Serves one client. An upstream that cannot be reached closes the client's connection.
pub(super) async fn serve(
    client: TcpStream,
    upstream: &str,
    toxics: watch::Receiver<List>,
    meters: &Meters,
    mut random: StdRng,
) {
    let server = match tokio::time::timeout(CONNECT, TcpStream::connect(upstream)).await {
        Ok(Ok(server)) => server,
        Ok(Err(error)) => {
            tracing::warn!(upstream, %error, "cannot reach the upstream");
            return;
        }
        Err(_) => {
            tracing::warn!(upstream, "the upstream does not answer");
            return;
        }
    };
    for socket in [&client, &server] {
        // Slices are to leave as slices. Where it is refused they leave together.
        drop(socket.set_nodelay(true));
    }
    let up = Pipeline::new(Stream::Upstream, StdRng::seed_from_u64(random.random()));
    let down = Pipeline::new(Stream::Downstream, StdRng::seed_from_u64(random.random()));
    let up = Link::new(
        (&client, &server),
        toxics.clone(),
        up,
        meters.of(Stream::Upstream),
    );
    let down = Link::new((&server, &client), toxics, down, meters.of(Stream::Downstream));
    let ended = both(up, down).await;
    match ended {
        Ended::Half => {}
        Ended::Cut => [&client, &server].into_iter().for_each(close),
        Ended::Reset => {
            for socket in [&client, &server] {
                // To close without lingering is to reset. One that is closed already needs none.
                drop(SockRef::from(socket).set_linger(Some(Duration::ZERO)));
            }
        }
    }
}

/// `Half` when both have ended so.
async fn both(up: Link<'_>, down: Link<'_>) -> Ended {
    let (up, down) = (up.run(), down.run());
    tokio::pin!(up, down);
    let (mut up_open, mut down_open) = (true, true);
    while up_open || down_open {
        let ended = tokio::select! {
            ended = &mut up, if up_open => {
                up_open = false;
                ended
            }
            ended = &mut down, if down_open => {
                down_open = false;
                ended
            }
        };
        if ended != Ended::Half {
            return ended;
        }
    }
    Ended::Half
}

fn close(socket: &TcpStream) {
    // It may be closed already.
    drop(SockRef::from(socket).shutdown(Shutdown::Write));
    let mut rest = [0; 16 * 1024];
    for _ in 0..DRAINED {
        if !matches!(socket.try_read(&mut rest), Ok(count) if count > 0) {
            return;
        }
    }
}
