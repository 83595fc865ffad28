//! Descriptor fields as ports: held still by the sequencer from `start` until the layer is done.

use bitladder_machine::isa::FieldPlace;
use bitladder_rtl::{Bundle, BundlePort, Instance, ModuleBuilder, Sig, Ty};

use crate::reach::Reach;

/// The type of a field's signal.
pub(crate) fn ty_of(place: &FieldPlace) -> Ty {
    Ty { width: place.width, signed: place.signed }
}

/// Fields of the layer as ports of the module under construction, called `layer_...`.
pub(crate) struct Fields<'m>(BundlePort<'m>);

impl<'m> Fields<'m> {
    /// Places the fields named.
    pub(crate) fn place(m: &'m ModuleBuilder, places: &[FieldPlace]) -> Fields<'m> {
        let bundle = places.iter().fold(Bundle::new(), |bundle, place| {
            let doc = format!("the descriptor's `{}`", place.name);
            bundle.forward(place.name, ty_of(place), &doc)
        });
        Fields(m.sink("layer", &bundle))
    }

    /// The value of a field.
    pub(crate) fn get(&self, place: FieldPlace) -> Sig<'m> {
        self.0.get(place.name).expect("modules read the fields they placed")
    }

    /// The value of a field, as far as programs go.
    pub(crate) fn short(&self, place: FieldPlace, reach: &Reach) -> Sig<'m> {
        self.get(place).truncate(reach.bits(place))
    }

    /// Hands fields on to an instance.
    pub(crate) fn connect(&self, instance: Instance<'m>, places: &[FieldPlace]) {
        for place in places {
            instance.connect(&format!("layer_{}", place.name), self.get(*place));
        }
    }
}
