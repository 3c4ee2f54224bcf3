//! The channels a contact can come by, and how they share an agent.

use core::ops::{Index, IndexMut};

/// How a contact reaches the city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Channel {
    /// A telephone call.
    Voice = 0,
    /// A call the centre makes back to a resident who kept their place.
    Callback = 1,
    /// A live conversation at a self-serve kiosk.
    Kiosk = 2,
    /// A live text conversation.
    Chat = 3,
    /// A letter by electronic mail.
    Email = 4,
    /// A form sent from the web.
    Web = 5,
}

impl Channel {
    /// Every channel, by number.
    pub const ALL: [Self; 6] =
        [Self::Voice, Self::Callback, Self::Kiosk, Self::Chat, Self::Email, Self::Web];

    /// While an agent holds a contact of this channel (parked ones aside), it is offered nothing
    /// else, on any channel.
    pub const fn blocks(self) -> bool {
        matches!(self, Self::Voice | Self::Callback | Self::Kiosk)
    }

    /// A contact that connects on this channel parks the agent's interruptible ones.
    pub const fn interrupts(self) -> bool {
        self.blocks()
    }

    /// A connected contact of this channel can be parked.
    pub const fn interruptible(self) -> bool {
        matches!(self, Self::Email | Self::Web)
    }

    /// The name used in files and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Callback => "callback",
            Self::Kiosk => "kiosk",
            Self::Chat => "chat",
            Self::Email => "email",
            Self::Web => "web",
        }
    }

    /// The channel of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// How many contacts an agent may hold at once, by channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Capacity(pub [u8; 6]);

impl Default for Capacity {
    /// voice 1, callback 1, kiosk 1, chat 3, email 5, web 5.
    fn default() -> Self {
        Self([1, 1, 1, 3, 5, 5])
    }
}

impl Index<Channel> for Capacity {
    type Output = u8;
    fn index(&self, channel: Channel) -> &u8 {
        &self.0[channel as usize]
    }
}

impl IndexMut<Channel> for Capacity {
    fn index_mut(&mut self, channel: Channel) -> &mut u8 {
        &mut self.0[channel as usize]
    }
}
