//! What a connection writes of its own accord: all that is behind its cursors.

use protocol::{
    close::CloseCode,
    frames::{AgentsFrame, Reset, ServerFrame},
    limits::SERVER_FRAME_BYTES_MAX,
};

use super::connection::{Connection, End, Watch};
use crate::{
    realtime::{encode, presence::roster::Told, reader::Pulled},
    telemetry::metrics::{all::metrics, kinds::word},
};

impl Connection {
    /// Writes what is behind the cursors, one frame each in turn, until there is no more or a frame
    /// of the largest size is full; says whether there may be more.
    pub(super) async fn pull(&mut self) -> Result<bool, End> {
        let (mut bytes, mut full) = (0, false);
        let mut resets = Vec::new();
        loop {
            let mut any = false;
            for (stream, reader) in &mut self.readers {
                let pulled = reader.pull(&self.state.hub.pages).await.map_err(|error| {
                    tracing::warn!(error = %error, "a stream could not be read");
                    End::Close(CloseCode::Internal)
                })?;
                match pulled {
                    Pulled::Nothing => {}
                    Pulled::Frame(frame) => {
                        any = true;
                        bytes += frame.len();
                        self.socket.feed(frame).await?;
                        if bytes >= SERVER_FRAME_BYTES_MAX {
                            self.socket.flush().await?;
                            (bytes, full) = (0, true);
                        }
                    }
                    Pulled::Reset(reason) => resets.push((*stream, reason)),
                }
            }
            for (stream, reason) in resets.drain(..) {
                any = true;
                self.readers.remove(&stream);
                metrics().resets.inc([word(reason)]);
                let frame = encode::frame(&ServerFrame::Reset(Reset { id: None, stream, reason }));
                bytes += frame.len();
                self.socket.feed(frame).await?;
            }
            if !any || full {
                if !any {
                    // Signals of all kinds come when the events are through.
                    bytes += self.pull_agents().await?;
                    bytes += self.pull_drafts().await?;
                }
                if bytes > 0 {
                    self.socket.flush().await?;
                }
                return Ok(any);
            }
        }
    }

    /// Writes what the agents do now, if they are watched and something is different.
    async fn pull_agents(&mut self) -> Result<usize, End> {
        let Some(Watch { seen }) = self.watching else { return Ok(0) };
        let (version, told) = self.state.hub.presence.agents(seen, &self.who.visibility);
        self.watching = Some(Watch { seen: Some(version) });
        let Some(Told { full, agents }) = told else { return Ok(0) };
        let frame = encode::frame(&ServerFrame::Agents(AgentsFrame { full, agents }));
        let bytes = frame.len();
        self.socket.feed(frame).await?;
        Ok(bytes)
    }
}
