//! Valid/ready streams with several fields, and pipelines that stall as a whole.

use bitladder_rtl::{BIT, Bundle, BundlePort, Clock, ModuleBuilder, Sig, Ty};

/// A field of a stream beside `valid` and `ready`: name, type, meaning.
pub(crate) type StreamField<'a> = (&'a str, Ty, &'a str);

/// A valid/ready stream whose words have several fields.
pub(crate) fn stream_of(fields: &[StreamField<'_>]) -> Bundle {
    let start = Bundle::new().forward("valid", BIT, "the source offers a word");
    let whole = fields.iter().fold(start, |bundle, (name, ty, doc)| bundle.forward(name, *ty, doc));
    whole.backward("ready", BIT, "the sink takes the word")
}

/// A stream placed as ports.
pub(crate) struct Stream<'m>(BundlePort<'m>);

impl<'m> Stream<'m> {
    pub(crate) fn sink(m: &'m ModuleBuilder, name: &str, fields: &[StreamField<'_>]) -> Self {
        Stream(m.sink(name, &stream_of(fields)))
    }

    pub(crate) fn source(m: &'m ModuleBuilder, name: &str, fields: &[StreamField<'_>]) -> Self {
        Stream(m.source(name, &stream_of(fields)))
    }

    /// The signal of a field, to be read or driven as its direction says.
    pub(crate) fn get(&self, field: &str) -> Sig<'m> {
        self.0.get(field).expect("modules ask for the fields they have placed")
    }

    pub(crate) fn valid(&self) -> Sig<'m> {
        self.get("valid")
    }

    pub(crate) fn ready(&self) -> Sig<'m> {
        self.get("ready")
    }

    /// The bit that is set at edges where a word moves.
    pub(crate) fn moves(&self) -> Sig<'m> {
        self.valid() & self.ready()
    }
}

/// Pipeline registers that all move together, or all wait for the sink.
pub(crate) struct Pipeline<'m> {
    m: &'m ModuleBuilder,
    clock: Clock<'m>,
    reset: Sig<'m>,
    advance: Sig<'m>,
    valid: Sig<'m>,
    depth: u32,
}

impl<'m> Pipeline<'m> {
    /// Starts behind a stream: drives its `ready`.
    pub(crate) fn behind(
        m: &'m ModuleBuilder,
        clock: Clock<'m>,
        reset: Sig<'m>,
        input: &Stream<'m>,
    ) -> Self {
        let advance = m.wire("advance", BIT);
        m.drive(input.ready(), advance);
        Pipeline { m, clock, reset, advance, valid: input.valid(), depth: 0 }
    }

    /// Ends the current stage: registers made before this call by [`Pipeline::hold`] are its end.
    pub(crate) fn next_stage(&mut self) {
        self.stage_behind(self.valid);
    }

    /// Ends the current stage; only words with `condition` set go on.
    pub(crate) fn next_stage_if(&mut self, condition: Sig<'m>) {
        self.stage_behind(self.valid & condition);
    }

    fn stage_behind(&mut self, passes: Sig<'m>) {
        let valid = self.m.reg(&format!("valid_{}_q", self.depth), BIT, self.clock);
        let valid = valid.reset(self.reset, 0).enable(self.advance);
        valid.next(passes);
        self.valid = valid.q;
        self.depth += 1;
    }

    /// The bit that says that a word is in the current stage.
    pub(crate) fn valid(&self) -> Sig<'m> {
        self.valid
    }

    /// The bit that is set when the pipeline moves.
    pub(crate) fn advance(&self) -> Sig<'m> {
        self.advance
    }

    /// A data register at the end of the current stage.
    pub(crate) fn hold(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        let register = self.m.reg(name, value.ty(), self.clock).enable(self.advance);
        register.next(value);
        register.q
    }

    /// Drives the output stream's `valid`, and stalls everything while its word is not taken.
    pub(crate) fn finish(self, output: &Stream<'m>) {
        self.m.drive(output.valid(), self.valid);
        self.m.drive(self.advance, !self.valid | output.ready());
    }
}
