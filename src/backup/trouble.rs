//! Why a copy or its proof failed, in words that an operator at night can act upon.

use serde::{Deserialize, Serialize};

/// Why there is no copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trouble {
    /// The directory has not enough room.
    #[error("backup.dir: {free_mb} MB are free, {need_mb} MB are needed")]
    NoRoom {
        /// What the copy needs, and what must be left.
        need_mb: u64,
        /// What is free.
        free_mb: u64,
    },
    /// The city's file could not be copied.
    #[error("the file could not be copied: {why}")]
    Copy {
        /// What was said.
        why: String,
    },
    /// The copy is not sound, so the file itself may be damaged.
    #[error("the copy is not sound: {}", found.join("; "))]
    Unsound {
        /// What was found.
        found: Vec<String>,
    },
    /// It could not be encrypted.
    #[error("the copy could not be encrypted: {why}")]
    Seal {
        /// What was said.
        why: String,
    },
    /// The directory could not be written.
    #[error("{path}: {why}")]
    Disk {
        /// File or directory.
        path: String,
        /// What the system said.
        why: String,
    },
}

impl Trouble {
    /// What happened and what to do, in Japanese.
    pub fn sentence(&self) -> String {
        match self {
            Self::NoRoom { need_mb, free_mb } => format!(
                "バックアップ先の空きが足りません（空き {free_mb}MB、必要 {need_mb}MB）。古い写しを別の場所に移すか、容量を増やしてください。"
            ),
            Self::Copy { why } => format!("データファイルの写しを取れませんでした（{why}）。"),
            Self::Unsound { found } => format!(
                "取った写しの整合性検査で異常が見つかりました。データファイルが壊れている疑いがあります（{}）。",
                found.iter().take(3).cloned().collect::<Vec<_>>().join("／")
            ),
            Self::Seal { why } => {
                format!("写しを暗号化できませんでした（{why}）。backup.age_recipients を確かめてください。")
            }
            Self::Disk { path, why } => format!("バックアップ先に書けませんでした（{path}: {why}）。"),
        }
    }
}
