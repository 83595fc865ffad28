//! Requests under way: sent, sent again, answered, in order.

use std::time::Duration;

use bitladder_link_format::{Header, Kind, Refusal, place};

use crate::{Link, LinkError, Script, Transport};

/// Some requests of one call.
struct Exchange {
    /// Number of the first one.
    first: u8,
    /// The oldest one without an answer.
    oldest: usize,
    /// The next one to send.
    next: usize,
    /// How often the oldest one was given up so far.
    failures: u32,
    /// All from the oldest on have been sent again since the last answer.
    went_back: bool,
    begin: Duration,
}

impl Exchange {
    fn sequence(&self, index: usize) -> u8 {
        // Numbers go round; no more requests are under way than there are numbers.
        self.first.wrapping_add(index as u8)
    }

    /// Begins again with the oldest request.
    fn go_back(&mut self) {
        (self.next, self.went_back) = (self.oldest, true);
    }

    fn answered(&mut self, now: Duration) {
        self.oldest += 1;
        self.next = self.next.max(self.oldest);
        (self.failures, self.went_back, self.begin) = (0, false, now);
    }
}

/// What an answer was.
enum Answer {
    /// Of another request, or none.
    Other,
    /// The oldest request was done.
    Done(Vec<u32>),
    /// It was refused.
    Refused(LinkError),
}

impl<T: Transport> Link<T> {
    /// Executes a script; gives the words it reads.
    pub fn execute(&mut self, script: &Script) -> Result<Vec<u32>, LinkError> {
        let mut words = Vec::new();
        self.execute_all(std::slice::from_ref(script), |_, answer| words = answer)?;
        Ok(words)
    }

    /// Executes scripts in order, as many at once as the device takes, and hands out their
    /// answers. After a refusal no more are sent; those under way are done nevertheless. Any other
    /// error ends the session: what was under way may or may not have been done.
    pub fn execute_all(
        &mut self,
        scripts: &[Script],
        answer: impl FnMut(usize, Vec<u32>),
    ) -> Result<(), LinkError> {
        self.fits(scripts)?;
        let result = self.exchange(scripts, answer);
        self.open = matches!(result, Ok(()) | Err(LinkError::Refused { .. }));
        result
    }

    fn exchange(
        &mut self,
        scripts: &[Script],
        mut answer: impl FnMut(usize, Vec<u32>),
    ) -> Result<(), LinkError> {
        let begin = self.transport.now();
        let (first, went_back) = (self.sequence, false);
        let mut at = Exchange { first, oldest: 0, next: 0, failures: 0, went_back, begin };
        let (mut end, mut refused) = (scripts.len(), None);
        while at.oldest < end {
            self.fill(&mut at, &scripts[..end])?;
            match self.answer(&mut at, scripts)? {
                Answer::Other => continue,
                Answer::Done(words) => answer(at.oldest, words),
                Answer::Refused(error) => {
                    end = at.next;
                    refused.get_or_insert(error);
                }
            }
            at.answered(self.transport.now());
            self.sequence = at.sequence(at.oldest);
        }
        refused.map_or(Ok(()), Err)
    }

    /// Whether the session is open and all scripts suit the device's packets.
    fn fits(&self, scripts: &[Script]) -> Result<(), LinkError> {
        if !self.open {
            return Err(LinkError::Closed);
        }
        let most = self.limits.packet_words;
        let lengths = scripts.iter().map(|script| script.body().len().max(script.answer_words()));
        match lengths.max() {
            Some(words) if words > most => Err(LinkError::TooLong { words, most }),
            _ => Ok(()),
        }
    }

    /// Sends requests while there is credit.
    fn fill(&mut self, at: &mut Exchange, scripts: &[Script]) -> Result<(), LinkError> {
        while at.next < scripts.len() && at.next - at.oldest < self.credits {
            let header = Header::request(Kind::Execute, at.sequence(at.next)).word();
            self.send(&[&[header], scripts[at.next].body()].concat())?;
            self.statistics.sent_again += u64::from(at.went_back);
            at.next += 1;
        }
        Ok(())
    }

    /// Waits for an answer; goes back when one is missing.
    fn answer(&mut self, at: &mut Exchange, scripts: &[Script]) -> Result<Answer, LinkError> {
        let deadline = self.transport.now() + self.options.timeout;
        let Some((header, body)) = self.packet(deadline)? else {
            at.failures += 1;
            if at.failures >= self.options.tries {
                let waited = self.transport.now().saturating_sub(at.begin);
                return Err(LinkError::NoAnswer { tries: at.failures, waited });
            }
            at.go_back();
            return Ok(Answer::Other);
        };
        let refusal = Refusal::from_code(header.code.into());
        match (header.kind, refusal) {
            (Kind::Refused, Some(Refusal::NoSession)) => Err(LinkError::DeviceReset),
            (Kind::Refused, Some(Refusal::OutOfOrder)) => {
                self.missing(at, &body)?;
                Ok(Answer::Other)
            }
            (Kind::Done | Kind::Refused, _) => {
                let ahead = usize::from(header.sequence.wrapping_sub(at.sequence(at.oldest)));
                // An answer to a later request: the oldest one's was lost.
                if ahead != 0 {
                    if ahead < at.next - at.oldest && !at.went_back {
                        at.go_back();
                    }
                    return Ok(Answer::Other);
                }
                self.credits = usize::from(header.credits).clamp(1, self.limits.window.into());
                self.judge(header, refusal, body, &scripts[at.oldest])
            }
            _ => Ok(Answer::Other),
        }
    }

    /// The device waits for an earlier request: sends it again, once per answer. If it waits for
    /// one that it has answered, it is not the device it was.
    fn missing(&mut self, at: &mut Exchange, body: &[u32]) -> Result<(), LinkError> {
        let expected = body.first().copied().unwrap_or_default() as u8;
        let ahead = usize::from(expected.wrapping_sub(at.sequence(at.oldest)));
        if ahead > usize::from(self.limits.window) {
            return Err(LinkError::DeviceReset);
        }
        if !at.went_back {
            at.go_back();
        }
        Ok(())
    }

    /// The answer to the oldest request.
    fn judge(
        &mut self,
        header: Header,
        refusal: Option<Refusal>,
        body: Vec<u32>,
        script: &Script,
    ) -> Result<Answer, LinkError> {
        if header.kind == Kind::Done && body.len() == script.answer_words() {
            return Ok(Answer::Done(body));
        }
        let (Kind::Refused, Some(refusal)) = (header.kind, refusal) else {
            return Err(LinkError::Nonsense { what: "it has another length than was asked for" });
        };
        let word = body.first().copied().unwrap_or_default();
        let (operation, done) = (place::OPERATION.get(word) as u16, place::DONE.get(word) as u16);
        Ok(Answer::Refused(LinkError::Refused { refusal, operation, done }))
    }
}
