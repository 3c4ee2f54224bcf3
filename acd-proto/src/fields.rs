//! The names of a method's parameters, as its struct declares them.

use serde::de::{self, Deserializer, Visitor};

use crate::method::Method;
use crate::plain::Fault;
use crate::request::Request;

/// The parameters of a method, in the order of the protocol; `idem` is one of every method that
/// mutates, and not among them.
pub fn of(method: Method) -> &'static [&'static str] {
    let mut fields = &[][..];
    let read = Request::read(method, Asked(&mut fields));
    debug_assert!(read.is_err(), "nothing is read, only asked for");
    fields
}

/// Gives nothing, and remembers which fields were wanted.
struct Asked<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(de::Error::custom("parameters are a struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct tuple tuple_struct map seq option enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_the_struct() {
        assert_eq!(of(Method::ContactEnd), ["contact", "by", "cause", "disposition"]);
        assert_eq!(of(Method::ConfigReload), [""; 0]);
        let named = Method::ALL.iter().filter(|method| !of(**method).is_empty()).count();
        assert_eq!(named, Method::ALL.len() - 3, "all but ping, bye and config.reload");
    }
}
