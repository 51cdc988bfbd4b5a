//! Who acts: each transaction carries it, so that nobody forgets the trail.

use crate::base::StaffId;

/// Who is behind a transaction, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A citizen at the booking pages; `origin` is the network address.
    Citizen {
        /// Network address of the browser.
        origin: String,
    },
    /// A signed-in member of staff.
    Staff {
        /// Their row.
        id: StaffId,
        /// Their name as it was when they acted.
        name: String,
        /// Network address of the terminal.
        origin: String,
    },
    /// Somebody at the server's command line, known by the Unix user id.
    Cli {
        /// Unix user id.
        uid: u32,
    },
    /// A job of the program itself.
    System {
        /// The job's name.
        job: &'static str,
    },
}

/// A queue in front of the writer and a share of the readers, so that a flood on one side cannot starve the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// The internet side.
    Citizen,
    /// The LGWAN side and the command line, and what jobs write.
    Staff,
    /// What jobs read, one after the other in a file: nobody at a counter waits for them, and a city that is opened for a page costs one
    /// connection.
    Background,
}

impl Actor {
    /// The lane that this actor's writes wait in.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Citizen { .. } => Lane::Citizen,
            Self::Staff { .. } | Self::Cli { .. } | Self::System { .. } => Lane::Staff,
        }
    }

    /// The code stored in `history.actor_kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Citizen { .. } => "citizen",
            Self::Staff { .. } => "staff",
            Self::Cli { .. } => "cli",
            Self::System { .. } => "system",
        }
    }

    /// The name that lists show.
    pub fn display_name(&self) -> String {
        match self {
            Self::Citizen { .. } => "市民".to_owned(),
            Self::Staff { name, .. } => name.clone(),
            Self::Cli { uid } => format!("cli:{uid}"),
            Self::System { job } => (*job).to_owned(),
        }
    }

    /// Where the act came from.
    pub fn origin(&self) -> &str {
        match self {
            Self::Citizen { origin } | Self::Staff { origin, .. } => origin,
            Self::Cli { .. } => "cli",
            Self::System { .. } => "system",
        }
    }

    /// The member of staff, if it is one.
    pub fn staff(&self) -> Option<StaffId> {
        match self {
            Self::Staff { id, .. } => Some(*id),
            _ => None,
        }
    }
}
