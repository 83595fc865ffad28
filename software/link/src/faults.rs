//! A transport that damages what it carries.

use std::time::Duration;

use bitladder_spec::SplitMix64;

use crate::{Transport, TransportError};

/// How often things happen to a byte, per million bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FaultRates {
    /// One of its bits is inverted.
    pub flipped: u32,
    /// It is lost.
    pub dropped: u32,
    /// It comes twice.
    pub doubled: u32,
    /// A random byte comes after it.
    pub inserted: u32,
}

/// Carries bytes over another transport, and damages some in both directions: to test what is above
/// it. The same seed does the same damage to the same bytes.
#[derive(Debug)]
pub struct Faulty<T> {
    inner: T,
    rates: FaultRates,
    noise: SplitMix64,
    left: Vec<u8>,
}

impl<T: Transport> Faulty<T> {
    /// Damages what goes over a transport.
    pub fn new(inner: T, rates: FaultRates, seed: u64) -> Self {
        Self { inner, rates, noise: SplitMix64::new(seed), left: Vec::new() }
    }

    /// The transport below.
    pub fn inner(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Changes the rates.
    pub fn set_rates(&mut self, rates: FaultRates) {
        self.rates = rates;
    }

    fn happens(&mut self, rate: u32) -> bool {
        self.noise.below(1_000_000) < u64::from(rate)
    }

    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut damaged = Vec::with_capacity(bytes.len());
        for byte in bytes {
            let mut byte = *byte;
            if self.happens(self.rates.flipped) {
                byte ^= 1 << self.noise.below(8);
            }
            if !self.happens(self.rates.dropped) {
                damaged.push(byte);
            }
            if self.happens(self.rates.doubled) {
                damaged.push(byte);
            }
            if self.happens(self.rates.inserted) {
                damaged.push(self.noise.next_u64() as u8);
            }
        }
        damaged
    }
}

impl<T: Transport> Transport for Faulty<T> {
    fn now(&mut self) -> Duration {
        self.inner.now()
    }

    fn send(&mut self, bytes: &[u8], deadline: Duration) -> Result<usize, TransportError> {
        let damaged = self.damage(bytes);
        let mut rest = damaged.as_slice();
        while !rest.is_empty() {
            let sent = self.inner.send(rest, deadline)?;
            if sent == 0 {
                break;
            }
            rest = rest.get(sent..).unwrap_or_default();
        }
        Ok(bytes.len())
    }

    fn receive(&mut self, buffer: &mut [u8], deadline: Duration) -> Result<usize, TransportError> {
        while self.left.is_empty() {
            let count = self.inner.receive(buffer, deadline)?;
            if count == 0 {
                return Ok(0);
            }
            self.left = self.damage(buffer.get(..count).unwrap_or_default());
        }
        let count = buffer.len().min(self.left.len());
        for (place, byte) in buffer.iter_mut().zip(self.left.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }
}
