//! Letters to many (S19): chosen, written, tried, agreed to by a second person, sent, and followed up.
//!
//! Spec: 7(2)⑪.

mod list;
mod new;
mod one;
mod people;
mod sample;
mod words;

pub(super) use self::list::show;
pub(super) use self::new::{ask, begin};
pub(super) use self::one::{act, one};
pub(super) use self::people::{people, rest};

use serde::Serialize;

/// What is wrong with a field of this name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Mistake {
    field: String,
    text: String,
}

impl Mistake {
    fn new(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self { field: field.into(), text: text.into() }
    }
}

#[cfg(test)]
mod tests {
    use crate::render::Renderer;
    use crate::web::staff::tests::draw;
    use crate::web::staff::waiting::WaitingPage;

    #[test]
    fn the_pages_of_letters_to_many_and_of_those_who_wait_draw_strictly_in_every_state() {
        let renderer = Renderer::load().unwrap();
        draw::<super::list::List>(&renderer);
        draw::<super::new::New>(&renderer);
        draw::<super::one::One>(&renderer);
        draw::<super::people::People>(&renderer);
        draw::<WaitingPage>(&renderer);
    }
}
