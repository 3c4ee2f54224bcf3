//! Plain lines: `verb a=1 needs.water=2 "from=a b" topics=queue.*,contact.*`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::value::{
    BorrowedStrDeserializer, MapDeserializer, SeqDeserializer, StrDeserializer,
};
use serde::de::{self, Deserializer, IntoDeserializer, Unexpected, Visitor};

use crate::PLAIN_MEMBERS_MAX;
use crate::error::{ErrorBody, Kind};
use crate::fault::short;

/// Why a plain line's members could not be read, in serde's words.
pub type Fault = de::value::Error;

/// A plain line, cut into its verb and members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The method.
    pub verb: Cow<'a, str>,
    members: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Line<'a> {
    /// Cuts a line into words at blanks, and each word at its first `=`.
    ///
    /// Between double quotes a blank is a letter like others, wherever in the word they stand;
    /// there `\"`, `\\`, `\n` and `\t` stand for a quote, a backslash, a line end and a tab.
    pub fn parse(text: &'a str) -> Result<Self, ErrorBody> {
        let mut words = Words { rest: text };
        let verb = words.next().transpose()?.unwrap_or_default();
        Self::of(verb, words)
    }

    /// A line of words already cut, as a shell hands them over.
    pub fn from_words(verb: &'a str, words: &'a [String]) -> Result<Self, ErrorBody> {
        Self::of(Cow::Borrowed(verb), words.iter().map(|word| Ok(Cow::Borrowed(word.as_str()))))
    }

    fn of(
        verb: Cow<'a, str>,
        words: impl Iterator<Item = Result<Cow<'a, str>, ErrorBody>>,
    ) -> Result<Self, ErrorBody> {
        let mut members: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::new();
        for word in words {
            let (key, value) = member(word?)?;
            if members.len() == PLAIN_MEMBERS_MAX {
                let message = format!("a line has at most {PLAIN_MEMBERS_MAX} members");
                return Err(ErrorBody::new(Kind::BadParams, message));
            }
            members.push((key, value));
        }
        // Sorted, so that one double key among many is found without comparing all with all.
        let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_ref()).collect();
        keys.sort_unstable();
        if let Some(twice) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            let field = short(twice[0]);
            let message = format!("`{field}` is given twice");
            return Err(ErrorBody::new(Kind::BadParams, message).field(field));
        }
        Ok(Self { verb, members })
    }

    /// The value of a member.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.members.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_ref())
    }

    /// The names of the members, as written.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(key, _)| key.as_ref())
    }

    /// The members as what a struct of parameters is read from.
    ///
    /// Text becomes what the field wants; dots go into structs, and whatever follows the name of
    /// a map is a key (`needs.lang.es=4` asks for the skill `lang.es`); commas make lists, and
    /// `live.0.ext=… live.0.state=…` a list of structs.
    pub fn params(&self) -> Members<'_> {
        Members(self.members.iter().map(|(k, v)| (k.as_ref(), v.as_ref())).collect())
    }
}

/// Key and value, cut from a word of the line without copying it where that is possible.
fn member(word: Cow<'_, str>) -> Result<(Cow<'_, str>, Cow<'_, str>), ErrorBody> {
    let Some(at) = word.find('=').filter(|&at| at > 0) else {
        let error = ErrorBody::new(Kind::BadParams, "a word of the line is not key=value");
        return Err(error.got(short(&word)).expected("key=value"));
    };
    Ok(match word {
        Cow::Borrowed(word) => (Cow::Borrowed(&word[..at]), Cow::Borrowed(&word[at + 1..])),
        Cow::Owned(mut word) => {
            let value = word.split_off(at + 1);
            word.truncate(at);
            (Cow::Owned(word), Cow::Owned(value))
        }
    })
}

/// The words of a line.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = Result<Cow<'a, str>, ErrorBody>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest.trim_ascii_start();
        if text.is_empty() {
            return None;
        }
        let end = text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len());
        if !text[..end].contains('"') {
            self.rest = &text[end..];
            return Some(Ok(Cow::Borrowed(&text[..end])));
        }
        Some(quoted_word(text).map(|(word, rest)| {
            self.rest = rest;
            Cow::Owned(word)
        }))
    }
}

/// The first word of a text, its quotes taken off, and what follows it.
fn quoted_word(text: &str) -> Result<(String, &str), ErrorBody> {
    let mut word = String::new();
    let mut inside = false;
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => inside = !inside,
            '\\' if inside => match letters.next() {
                Some((_, 'n')) => word.push('\n'),
                Some((_, 't')) => word.push('\t'),
                Some((_, letter @ ('"' | '\\'))) => word.push(letter),
                _ => return Err(bad_quoting("after \\ comes one of \" \\ n t")),
            },
            blank if !inside && blank.is_ascii_whitespace() => return Ok((word, &text[at..])),
            letter => word.push(letter),
        }
    }
    if inside { Err(bad_quoting("a quote is not closed")) } else { Ok((word, "")) }
}

fn bad_quoting(message: &str) -> ErrorBody {
    ErrorBody::new(Kind::BadParams, message)
}

/// Members whose keys share what is before them.
#[derive(Clone, Debug)]
pub struct Members<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Members<'a> {
    /// The members by the first part of their keys, in the order of those.
    fn by_first_part(self) -> BTreeMap<&'a str, Node<'a>> {
        let mut parts: BTreeMap<&'a str, Node<'a>> = BTreeMap::new();
        for (key, value) in self.0 {
            match key.split_once('.') {
                None => {
                    parts.insert(key, Node::Text(value));
                }
                Some((first, rest)) => match parts.get_mut(first) {
                    Some(Node::Members(members)) => members.0.push((rest, value)),
                    // `to=x to.queue=y`: the text stands, and is refused where a struct is wanted.
                    Some(Node::Text(_)) => {}
                    None => {
                        parts.insert(first, Node::Members(Members(vec![(rest, value)])));
                    }
                },
            }
        }
        parts
    }

    fn struct_access(
        self,
    ) -> MapDeserializer<'a, std::collections::btree_map::IntoIter<&'a str, Node<'a>>, Fault> {
        MapDeserializer::new(self.by_first_part().into_iter())
    }
}

impl<'de> Deserializer<'de> for Members<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(self.struct_access())
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let whole_keys = self.0.into_iter().map(|(key, value)| (key, Node::Text(value)));
        visitor.visit_map(MapDeserializer::new(whole_keys))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let mut items = Vec::new();
        for (key, node) in self.by_first_part() {
            let Ok(index) = key.parse::<u16>() else {
                return Err(de::Error::invalid_type(Unexpected::Map, &visitor));
            };
            items.push((index, node));
        }
        items.sort_by_key(|&(index, _)| index);
        visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(|(_, node)| node)))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct tuple tuple_struct struct enum identifier ignored_any
    }
}

/// What stands under one name.
#[derive(Clone, Debug)]
enum Node<'a> {
    Text(&'a str),
    Members(Members<'a>),
}

impl<'de> IntoDeserializer<'de, Fault> for Node<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A number or truth value, or the text itself, which the visitor then refuses by name.
macro_rules! parsed {
    ($($method:ident $visit:ident $ty:ty;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self {
                Self::Text(text) => match text.parse::<$ty>() {
                    Ok(value) => visitor.$visit(value),
                    Err(_) => Err(de::Error::invalid_type(Unexpected::Str(text), &visitor)),
                },
                Self::Members(_) => Err(de::Error::invalid_type(Unexpected::Map, &visitor)),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Fault;

    parsed! {
        deserialize_bool visit_bool bool;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_f32 visit_f32 f32;
        deserialize_f64 visit_f64 f64;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Text(text) => BorrowedStrDeserializer::new(text).deserialize_any(visitor),
            Self::Members(members) => members.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Text(text) => {
                let items = text.split(',').filter(|item| !item.is_empty()).map(Node::Text);
                visitor.visit_seq(SeqDeserializer::new(items))
            }
            Self::Members(members) => members.deserialize_seq(visitor),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Text(text) => BorrowedStrDeserializer::new(text).deserialize_any(visitor),
            Self::Members(members) => members.deserialize_map(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self {
            Self::Text(text) => {
                StrDeserializer::new(text).deserialize_enum(name, variants, visitor)
            }
            Self::Members(_) => Err(de::Error::invalid_type(Unexpected::Map, &visitor)),
        }
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct struct identifier ignored_any
    }
}
