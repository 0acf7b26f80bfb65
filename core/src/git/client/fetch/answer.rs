//! Reading the answer: lines, then the pack.

use crate::git::budget::Budget;
use alloc::vec::Vec;

use super::state::State;
use super::{Event, Form};
use crate::git::client::band::{BandReader, Part};
use crate::git::client::words::{MOST_BYTES, Words};
use crate::git::client::{ClientError, Limits};
use crate::git::pktline::LineReader;

/// Reads the answer to a request.
#[derive(Debug, Clone)]
pub struct FetchAnswer {
    lines: LineReader,
    bands: BandReader,
    state: State,
    /// The line of progress, or of the error, that is being said.
    saying: Vec<u8>,
    has_pack: bool,
    budget: Budget,
}

impl FetchAnswer {
    /// Stands before the body of an answer with status 200.
    pub const fn new(form: Form, limits: Limits) -> Self {
        Self {
            lines: LineReader::new(),
            bands: BandReader::new(),
            state: State::new(form),
            saying: Vec::new(),
            has_pack: false,
            budget: Budget::new(limits.bytes),
        }
    }

    /// Takes the next bytes of the body; `sink` gets what they hold, and may refuse it. After an
    /// error it is of no more use.
    pub fn push<E: From<ClientError>>(
        &mut self,
        mut bytes: &[u8],
        sink: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        while !bytes.is_empty() {
            let used = match self.state {
                State::Bands | State::GivingUp => self.take_part(bytes, sink)?,
                State::Section
                | State::Inside(_)
                | State::Shallows { .. }
                | State::Negotiation { .. } => self.take_line(bytes, sink)?,
                State::Raw => {
                    self.has_pack = true;
                    sink(Event::Pack(bytes))?;
                    bytes.len()
                }
                State::Finished => return Err(ClientError::Trailing.into()),
            };
            bytes = bytes.get(used..).unwrap_or_default();
        }
        Ok(())
    }

    /// The body has ended: an error unless the answer has.
    pub fn finish(self) -> Result<(), ClientError> {
        match self.state {
            State::Raw | State::Finished if self.has_pack => Ok(()),
            State::Raw | State::Finished => Err(ClientError::NoPack),
            State::GivingUp => Err(self.stated()),
            State::Section
            | State::Inside(_)
            | State::Shallows { .. }
            | State::Negotiation { .. }
            | State::Bands => Err(ClientError::Truncated),
        }
    }

    fn take_line<E: From<ClientError>>(
        &mut self,
        bytes: &[u8],
        sink: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<usize, E> {
        let taken = self.lines.take(bytes).map_err(ClientError::from)?;
        self.budget.spend(taken.used).map_err(ClientError::from)?;
        if let Some(line) = taken.line {
            let (state, shallow) = self.state.handle_line(line)?;
            self.state = state;
            shallow.map_or(Ok(()), |id| sink(Event::Shallow(id)))?;
        }
        Ok(taken.used)
    }

    fn take_part<E: From<ClientError>>(
        &mut self,
        bytes: &[u8],
        sink: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<usize, E> {
        let taken = self.bands.take(bytes)?;
        match taken.part {
            Some(Part::Pack(data)) => {
                self.has_pack = true;
                sink(Event::Pack(data))?;
            }
            Some(Part::Progress(text)) => {
                self.budget.spend(text.len()).map_err(ClientError::from)?;
                self.handle_progress(text, sink)?;
            }
            Some(Part::Error { text, is_last }) => self.handle_error(text, is_last)?,
            Some(Part::End) => {
                self.say(sink)?;
                self.state = State::Finished;
            }
            None => self.budget.spend(taken.used).map_err(ClientError::from)?,
        }
        Ok(taken.used)
    }
}

impl FetchAnswer {
    fn handle_progress<E: From<ClientError>>(
        &mut self,
        text: &[u8],
        sink: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        for line in text.split_inclusive(is_end) {
            self.keep(line);
            if line.last().is_some_and(is_end) {
                self.say(sink)?;
            }
        }
        Ok(())
    }

    /// Hands out the line of progress that is complete.
    fn say<E: From<ClientError>>(
        &mut self,
        sink: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let words = Words::new(&self.saying);
        self.saying.clear();
        if words.as_str().is_empty() {
            return Ok(());
        }
        sink(Event::Progress(words))
    }

    /// The first packet that holds an error ends the answer.
    fn handle_error(&mut self, text: &[u8], is_last: bool) -> Result<(), ClientError> {
        if self.state != State::GivingUp {
            self.saying.clear();
            self.state = State::GivingUp;
        }
        self.keep(text);
        if is_last {
            return Err(self.stated());
        }
        Ok(())
    }

    /// The error that the server states, of which it is said so far what there is. The `E` of an
    /// `ERR` line was taken for its band.
    fn stated(&self) -> ClientError {
        let words = self.saying.strip_prefix(b"RR ").unwrap_or(&self.saying);
        ClientError::Server(Words::new(words))
    }

    /// Keeps as much as will be shown.
    fn keep(&mut self, text: &[u8]) {
        let room = MOST_BYTES.saturating_sub(self.saying.len());
        self.saying
            .extend_from_slice(text.get(..room).unwrap_or(text));
    }
}
